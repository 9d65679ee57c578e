#pragma once

#include <string>

namespace nmsw {

/// The text as a field of a CSV file (RFC 4180): quoted where it holds a comma, a quote or a line
/// break. A text that a spreadsheet would take for a formula (it begins with '=', '+', '-', '@', a
/// tab or a carriage return) gets an apostrophe before it; numbers, ranges of numbers and a lone
/// sign stay as they are.
std::string csv_field(const std::string& text);

}  // namespace nmsw
