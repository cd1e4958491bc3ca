# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# Runs the tests of the Ruby library: that of the build tree, or the one in the folders that
# NETCHAN_RUBY names, with colons between them.
#
# usage: run_tests.rb [minitest's arguments]

places = ENV["NETCHAN_RUBY"]&.split(":")
unless places
  unless (ENV["NETCHAN_BINDINGS"] || "ruby").split.include?("ruby")
    puts "skipped: the Ruby bindings are not built"
    exit 77
  end
  places = [File.join(ENV["top_builddir"] || ".", "bindings/generated/stage/ruby")]
end
PLACES = places.map { |place| File.expand_path(place) }.freeze
$LOAD_PATH.unshift(*PLACES, __dir__)

begin
  require "minitest"
rescue LoadError
  puts "skipped: minitest is not installed"
  exit 77
end

require "netchan"
puts "netchan #{Netchan::VERSION} from #{$LOADED_FEATURES.grep(%r{netchan/raw}).first}"
require "support"
%w[life programs scenarios values].each { |name| require "#{name}_test" }
exit Minitest.run(ARGV) ? 0 : 1
