#include "datasets/formats/sized_members.h"

#include <vector>

#include "datasets/formats/gzip_member.h"

namespace nmsw::datasets {
namespace {

/// A header up to the length of its extra fields, which come next.
constexpr size_t kHeaderBytes = 12;
/// What a member holds at most, and what deflate makes at most of a byte.
constexpr size_t kMostBytes = size_t{1} << 16, kLargestRatio = 1032;
/// Members that a thread takes at a time.
constexpr int kMembersPerTurn = 16;

struct Member {
  std::string_view packed;
  size_t begin, size;  ///< of what it holds
};

/// Bytes of the member that begins here, as it says; 0: it does not, or they are not all there.
size_t said_size(std::string_view bytes) {
  constexpr char kHasExtraFields = 4;
  if (bytes.size() < kHeaderBytes || !is_gzip(bytes) || (bytes[3] & kHasExtraFields) == 0) return 0;
  const size_t end = kHeaderBytes + little_endian(bytes, 10, 2);
  if (end > bytes.size()) return 0;
  for (size_t at = kHeaderBytes; at + 4 <= end;) {
    const size_t length = little_endian(bytes, at + 2, 2);
    if (bytes.substr(at, 2) == "BC" && length == 2 && at + 6 <= end) {
      const size_t size = little_endian(bytes, at + 4, 2) + 1;
      return size >= end + kGzipTrailerBytes && size <= bytes.size() ? size : 0;
    }
    at += 4 + length;
  }
  return 0;
}

/// All members, or none.
std::vector<Member> members_of(std::string_view bytes) {
  std::vector<Member> members;
  size_t begin = 0;
  while (is_gzip(bytes)) {
    const size_t size = said_size(bytes);
    if (size == 0) return {};
    const size_t holds = little_endian(bytes, size - 4, 4);
    if (holds > kMostBytes || holds / kLargestRatio > size) return {};
    members.push_back({bytes.substr(0, size), begin, holds});
    begin += holds;
    bytes.remove_prefix(size);
  }
  return bytes.find_first_not_of('\0') == std::string_view::npos ? members : std::vector<Member>{};
}

}  // namespace

std::optional<std::string> gunzip_sized_members(std::string_view bytes, size_t most) {
  const std::vector<Member> members = members_of(bytes);
  if (members.empty()) return {};
  const size_t size = members.back().begin + members.back().size;
  if (size > most) return {};
  std::string out(size, '\0');
  bool whole = true;
#pragma omp parallel reduction(&& : whole)
  {
    const MemberInflater inflater;
#pragma omp for schedule(dynamic, kMembersPerTurn)
    for (const Member& member : members) {
      whole = whole && inflater.inflate(member.packed, out.data() + member.begin, member.size) ==
                           member.packed.size();
    }
  }
  if (!whole) return {};
  return out;
}

}  // namespace nmsw::datasets
