# SPDX-License-Identifier: MIT
require "netchan"

Netchan::Exporter.open(ARGV[0] || "tcp://127.0.0.1:0") do |exporter|
  numbers = exporter.export("numbers", :send, capacity: 100)
  puts exporter.address # with the port that was picked
  $stdout.flush
  (1..10).each { |number| numbers << {number: number} }
  numbers.close
  exporter.drain(:taken, timeout: 30) # taken by the other side
end
