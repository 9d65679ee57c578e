#include "datasets/formats/bounded_lines.h"

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr size_t kReadBytes = size_t{1} << 16;

}  // namespace

void BoundedLines::fail(const std::string& sentence) const {
  throw DataError("{}:{}: {}", file_, number_, sentence);
}

bool BoundedLines::read_block() {
  block_.erase(0, begin_);
  begin_ = 0;
  const size_t kept = block_.size();
  block_.resize(kept + kReadBytes);
  stream_.read(block_.data() + kept, static_cast<std::streamsize>(kReadBytes));
  if (stream_.bad()) throw DataError("{}: cannot be read; check the disk", file_);
  block_.resize(kept + static_cast<size_t>(stream_.gcount()));
  return block_.size() > kept;
}

bool BoundedLines::next(std::string_view& line) {
  size_t end = block_.find('\n', begin_);
  while (end == std::string::npos && block_.size() - begin_ <= kMostLineBytes && read_block())
    end = block_.find('\n', begin_);
  if (end == std::string::npos && begin_ == block_.size()) return false;
  ++number_;
  if (end == std::string::npos ? block_.size() - begin_ > kMostLineBytes
                               : end - begin_ > kMostLineBytes)
    fail(fmt::format("longer than {} bytes, so no line of this kind of file; fetch it again",
                     kMostLineBytes));
  if (end == std::string::npos)
    fail("the last line has no end, so the file may be cut off; fetch it again");
  line = std::string_view(block_).substr(begin_, end - begin_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  begin_ = end + 1;
  return true;
}

}  // namespace nmsw::datasets
