#include "nmsw/base/csv_field.h"

#include <cstdlib>

namespace nmsw {
namespace {

/// Without letters, a formula has neither functions nor cells nor programs to call.
bool is_formula(const std::string& text) {
  if (text.empty()) return false;
  const char first = text.front();
  if (first == '=' || first == '@' || first == '\t' || first == '\r') return true;
  if (first != '+' && first != '-') return false;
  if (text.find_first_not_of("0123456789+-. ,;%[]()") == std::string::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  const bool is_number = text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
                         end == text.c_str() + text.size();
  return !is_number;
}

}  // namespace

std::string csv_field(const std::string& text) {
  const std::string inert = is_formula(text) ? "'" + text : text;
  if (inert.find_first_of(",\"\r\n") == std::string::npos) return inert;
  std::string quoted = "\"";
  for (const char letter : inert) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

}  // namespace nmsw
