# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# A value in the spelled-out form of the vectors, whose reals are hexadecimal.
def tagged(value)
  case value
  when nil, true, false then value
  when Integer then {"integer" => value.to_s}
  when Float then {"real" => hexadecimal(value)}
  when String then {"string" => value}
  when Array then {"array" => value.map { |element| tagged(element) }}
  when Hash then {"object" => value.map { |name, member| [name, tagged(member)] }}
  else raise "#{value.class} is no value"
  end
end

# As C's %a with the digits that Python writes: all 13, and the exponent as it is.
def hexadecimal(real)
  bits = [real].pack("G").unpack1("Q>")
  sign = bits[63] == 1 ? "-" : ""
  exponent = bits[52, 11]
  return "#{sign}0x0.0p+0" if exponent.zero? && bits[0, 52].zero?

  exponent.zero? ? lead = 0 : lead = 1
  power = exponent.zero? ? -1022 : exponent - 1023
  format("%s0x%d.%013xp%+d", sign, lead, bits[0, 52], power)
end
