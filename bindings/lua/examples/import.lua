-- SPDX-License-Identifier: MIT
local netchan = require "netchan"

local importer <close> = netchan.importer(arg[1] or "tcp://127.0.0.1:7000", {timeout = 5})
local numbers = importer:import("numbers", "recv", {timeout = 5})
for value in numbers:values() do -- until it is closed
  print(netchan.dump(value))
end
