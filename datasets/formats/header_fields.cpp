#include "datasets/formats/header_fields.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace nmsw::datasets {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view without_plus(std::string_view word) {
  const bool plus = word.size() > 1 && word[0] == '+' && word[1] != '-';
  return plus ? word.substr(1) : word;
}

template <class Number>
std::optional<Number> parsed(std::string_view word) {
  word = without_plus(word);
  Number number{};
  const char* end = word.data() + word.size();
  const auto [at, fault] = std::from_chars(word.data(), end, number);
  if (fault != std::errc() || at != end) return std::nullopt;
  return number;
}

}  // namespace

std::string printable(const std::string& text) {
  constexpr size_t kMost = 60;
  std::string shown = text.substr(0, kMost);
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return std::iscntrl(c) != 0 || c >= 0x80; },
      '?');
  return text.size() > kMost ? shown + "..." : shown;
}

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  size_t at = text.find_first_not_of(kBlanks);
  while (at != std::string_view::npos) {
    const size_t end = std::min(text.size(), text.find_first_of(kBlanks, at));
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::optional<int64_t> whole_number(std::string_view word) { return parsed<int64_t>(word); }

std::optional<double> real_number(std::string_view word) { return parsed<double>(word); }

void HeaderFields::add(const std::string& key, const std::string& value) {
  if (!values_.emplace(key, value).second) {
    throw DataError(
        "{}: its header names {} twice; which one counts is unclear, correct the header or export "
        "the image again",
        file_, key);
  }
}

const std::string& HeaderFields::text(const std::string& key) const {
  const auto found = values_.find(key);
  if (found != values_.end()) return found->second;
  throw DataError("{}: its header lacks {}; export the image again", file_, key);
}

std::vector<std::string> HeaderFields::words(const std::string& key, size_t count) const {
  std::vector<std::string> found = words_of(text(key));
  if (found.size() != count) {
    fail(key, fmt::format("has {} values where {} {} expected", found.size(), count,
                          count == 1 ? "is" : "are"));
  }
  return found;
}

std::vector<int64_t> HeaderFields::whole_numbers(const std::string& key, size_t count,
                                                 int64_t least, int64_t most) const {
  std::vector<int64_t> numbers;
  for (const std::string& word : words(key, count)) {
    const auto number = whole_number(word);
    if (!number || *number < least || *number > most)
      fail(key, fmt::format("is impossible (whole numbers from {} to {})", least, most));
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<double> HeaderFields::numbers(const std::string& key, size_t count) const {
  std::vector<double> found;
  for (const std::string& word : words(key, count)) {
    const auto number = real_number(word);
    if (!number) fail(key, "holds what is no number");
    found.push_back(*number);
  }
  return found;
}

std::vector<double> HeaderFields::finite_numbers(const std::string& key, size_t count) const {
  const std::vector<double> found = numbers(key, count);
  if (!std::all_of(found.begin(), found.end(), [](double x) { return std::isfinite(x); }))
    fail(key, "holds values that are not finite");
  return found;
}

void HeaderFields::fail(const std::string& key, const std::string& reason) const {
  const auto found = values_.find(key);
  const std::string value = found == values_.end() ? "" : " '" + printable(found->second) + "'";
  throw DataError("{}: its {}{} {}; correct the header or export the image again", file_,
                  printable(key), value, reason);
}

}  // namespace nmsw::datasets
