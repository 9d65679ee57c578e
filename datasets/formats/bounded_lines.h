#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

namespace nmsw::datasets {

/// The lines of a text whose lines are short, read block by block, so that a text of any length
/// takes the same memory. Messages call it `file`. Not safe from several threads.
class BoundedLines {
 public:
  static constexpr size_t kMostLineBytes = 256;

  BoundedLines(std::istream& stream, std::string file) : stream_(stream), file_(std::move(file)) {}

  /// The next line without its end (\n or \r\n); it is gone at the next call. False at the end of
  /// the text. Throws DataError for a line that is longer than kMostLineBytes, for a last line
  /// without an end, since the text may be cut off within it, and for a stream that fails.
  bool next(std::string_view& line);

  /// Of the line that `next` returned, from 1.
  int64_t number() const { return number_; }

  /// Throws DataError: file, number of the line, the sentence.
  [[noreturn]] void fail(const std::string& sentence) const;

 private:
  bool read_block();

  std::istream& stream_;
  std::string file_, block_;
  size_t begin_ = 0;
  int64_t number_ = 0;
};

}  // namespace nmsw::datasets
