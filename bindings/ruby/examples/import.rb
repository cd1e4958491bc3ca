# SPDX-License-Identifier: MIT
require "json"
require "netchan"

Netchan::Importer.open(ARGV[0] || "tcp://127.0.0.1:7000", timeout: 5) do |importer|
  importer.import("numbers", :recv, timeout: 5).each do |value| # until it is closed
    puts JSON.generate(value, space: " ")
  end
end
