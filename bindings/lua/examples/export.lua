-- SPDX-License-Identifier: MIT
local netchan = require "netchan"

local exporter <close> = netchan.exporter(arg[1] or "tcp://127.0.0.1:0")
local numbers = exporter:export("numbers", "send", {capacity = 100})
print(exporter:address()) -- with the port that was picked
io.stdout:flush()
for number = 1, 10 do
  numbers:put({number = number})
end
numbers:close()
exporter:drain("taken", 30) -- taken by the other side
