#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmsw/base/error.h"

namespace nmsw::datasets {

/// Its first characters for a message, those that are no plain ASCII replaced.
std::string printable(const std::string& text);

/// Without blanks, tabs and carriage returns at both ends.
std::string trimmed(std::string_view text);

/// What blanks and tabs separate.
std::vector<std::string> words_of(std::string_view text);

/// A decimal whole number, with or without sign, and nothing else.
std::optional<int64_t> whole_number(std::string_view word);

/// A decimal number and nothing else, whatever the locale; "nan" and "inf" are numbers too.
std::optional<double> real_number(std::string_view word);

/// The keys and values of a header in text form. A DataError of it names the file, the key and the
/// value.
class HeaderFields {
 public:
  explicit HeaderFields(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  /// Throws DataError where the key is there already.
  void add(const std::string& key, const std::string& value);
  bool has(const std::string& key) const { return values_.count(key) > 0; }
  /// Throws DataError where the key is absent.
  const std::string& text(const std::string& key) const;
  /// Throws DataError where there are not `count` words.
  std::vector<std::string> words(const std::string& key, size_t count) const;
  /// Throws DataError for anything but `count` whole numbers within the bounds.
  std::vector<int64_t> whole_numbers(const std::string& key, size_t count, int64_t least,
                                     int64_t most) const;
  int64_t whole(const std::string& key, int64_t least, int64_t most) const {
    return whole_numbers(key, 1, least, most)[0];
  }
  /// Throws DataError for anything but `count` numbers; NaN and infinity are left to the caller.
  std::vector<double> numbers(const std::string& key, size_t count) const;
  /// Throws DataError for anything but `count` finite numbers.
  std::vector<double> finite_numbers(const std::string& key, size_t count) const;
  /// Throws the DataError that the value of this key deserves.
  [[noreturn]] void fail(const std::string& key, const std::string& reason) const;

 private:
  std::string file_;
  std::map<std::string, std::string> values_;
};

}  // namespace nmsw::datasets
