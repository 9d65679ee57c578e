#include "nmsw/base/plain_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace nmsw {
namespace {

/// With an ending and what predictions add to it, still a file name (255 bytes).
constexpr size_t kLongestName = 200;

unsigned byte_at(std::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

bool is_control(unsigned byte) { return byte < 0x20 || byte == 0x7f; }

/// Some terminals obey those of U+0080 to U+009F too.
bool is_control_character(std::string_view character) {
  const unsigned first = byte_at(character, 0);
  return character.size() == 1 ? is_control(first) : first == 0xc2 && byte_at(character, 1) < 0xa0;
}

/// Bytes of the character that begins there; 0 where none does. Overlong forms, surrogates and
/// numbers above U+10FFFF are none (RFC 3629).
size_t character_bytes(std::string_view text, size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return 1;
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + bytes > text.size()) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, at + i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned second = byte_at(text, at + 1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : bytes;
}

/// What cannot be shown as \xNN, but for the control characters of `kept`.
std::string escaped(std::string_view text, std::string_view kept) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = character_bytes(text, at);
    const std::string_view character = text.substr(at, std::max<size_t>(1, bytes));
    if (bytes > 0 &&
        (!is_control_character(character) || kept.find(character) != std::string_view::npos)) {
      shown += character;
    } else {
      for (const char byte : character)
        shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    at += character.size();
  }
  return shown;
}

}  // namespace

std::optional<std::string> utf8_fault(std::string_view text) {
  size_t line = 1, line_begins = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = text[at] == '\0' ? 0 : character_bytes(text, at);
    if (bytes == 0) {
      const std::string_view mark = text.substr(0, 2);
      const bool utf16 = mark == "\xff\xfe" || mark == "\xfe\xff" || text[at] == '\0';
      return fmt::format("{}:{}: byte 0x{:02x} at offset {} is not UTF-8{}; save the file as UTF-8",
                         line, at - line_begins + 1, byte_at(text, at), at,
                         utf16 ? " (is the file UTF-16?)" : "");
    }
    if (text[at] == '\n') {
      ++line;
      line_begins = at + 1;
    }
    at += bytes;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) { return escaped(text, "\n\t"); }

std::string printable_word(std::string_view text) { return escaped(text, ""); }

std::optional<std::string> name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name == "." || name == "..") return "is a folder's name";
  if (name.size() > kLongestName)
    return fmt::format("has {} bytes, more than {}", name.size(), kLongestName);
  if (name.find('/') != std::string_view::npos) return "holds a '/'";
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return is_control(static_cast<unsigned char>(c)); }))
    return "holds a control character";
  if (utf8_fault(name)) return "holds a byte that is not UTF-8";
  return std::nullopt;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool has_ending(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() &&
         lower_case(std::string(name.substr(name.size() - ending.size()))) == ending;
}

}  // namespace nmsw
