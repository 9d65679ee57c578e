#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nmsw {

/// Where text stops being UTF-8, as "line:column: byte 0xfc at offset 120 is not UTF-8 …", lines,
/// columns (in bytes) and remedy included; nothing where all of it is UTF-8 without NUL bytes.
std::optional<std::string> utf8_fault(std::string_view text);

/// The text for a terminal or a message: bytes that are no UTF-8 and control characters (of ASCII
/// and U+0080 to U+009F) other than line breaks and tabs are written as \xNN.
std::string printable(std::string_view text);

/// The same for a value within a line, or in JSON: line breaks and tabs as well.
std::string printable_word(std::string_view text);

/// Why a text cannot be the name of a case or a data set, which becomes part of file names: "is
/// empty", "holds a '/'", …; nothing where it can.
std::optional<std::string> name_fault(std::string_view name);

/// ASCII letters in lower case.
std::string lower_case(std::string text);

/// Whether a file's name ends so, in upper or lower case, and has more before it. ending: in lower
/// case, with its dot.
bool has_ending(std::string_view name, std::string_view ending);

}  // namespace nmsw
