#include "datasets/dicom/dicom_file.h"

#include <gtest/gtest.h>

#include "nmsw/base/seed.h"
#include "tests/support/deflated.h"
#include "tests/support/dicom_slice.h"

namespace nmsw::datasets {
namespace {

using testing::deflated;
using testing::dicom_bytes;
using testing::DicomSliceSpec;
namespace detail = testing::dicom_detail;

/// A sequence element of undefined length around that content.
std::string sequence(const std::string& content) {
  return detail::little_endian(0x01000009, 4) + "SQ" + std::string(2, '\0') +
         detail::little_endian(0xffffffff, 4) + content + detail::little_endian(0xe0ddfffe, 4) +
         detail::little_endian(0, 4);
}

std::string open_item(const std::string& content) {
  return detail::little_endian(0xe000fffe, 4) + detail::little_endian(0xffffffff, 4) + content +
         detail::little_endian(0xe00dfffe, 4) + detail::little_endian(0, 4);
}

TEST(DicomFile, GivesTheOutermostValues) {
  DicomSliceSpec spec;
  // An icon: rows and pixels of its own, native and in fragments.
  const std::string icon = detail::element(0x0028, 0x0010, "US", detail::number16(9)) +
                           detail::element(0x7fe0, 0x0010, "OW", "icon");
  DicomSliceSpec fragments;
  fragments.fragments = {"ab", "cd"};
  spec.extra =
      sequence(detail::item(icon) + open_item(icon) + open_item(detail::pixel_element(fragments)) +
               open_item(sequence(open_item(sequence("")))));
  const std::string bytes = dicom_bytes(spec);
  const auto file = walk_dicom(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->damage, "");
  EXPECT_EQ(file->number(tags::kRows), 2);
  EXPECT_EQ(file->text(tags::kModality), "CT");
  EXPECT_EQ(file->text(tags::kFrames), "");
  EXPECT_EQ(file->transfer_syntax, "1.2.840.10008.1.2.1");
  ASSERT_TRUE(file->pixels);
  EXPECT_EQ(file->pixels->native, (std::string_view("\0\0\1\0\2\0\3\0\4\0\5\0", 12)));
}

TEST(DicomFile, KeepsFragmentsApartFromTheirOffsetTable) {
  DicomSliceSpec spec;
  spec.syntax = "1.2.840.10008.1.2.5";
  spec.fragments = {"one ", "three "};
  const std::string bytes = dicom_bytes(spec);
  const auto file = walk_dicom(bytes);
  ASSERT_TRUE(file && file->pixels);
  EXPECT_EQ(file->damage, "");
  EXPECT_EQ(file->pixels->fragments, (std::vector<std::string_view>{"one ", "three "}));
}

TEST(DicomFile, OfOtherKindsIsNone) {
  for (const std::string& bytes :
       {std::string(), std::string("%PDF-1.4 and more text than a header"), std::string(128, '\0'),
        std::string("\x08"), std::string(1000, 'D'), std::string(1000, '\0')}) {
    EXPECT_FALSE(walk_dicom(bytes)) << bytes.substr(0, 10);
  }
}

/// Every prefix is either no DICOM at all, or damaged, or holds no pixels: none is taken for whole.
void expect_no_prefix_is_whole(const std::string& whole) {
  ASSERT_EQ(walk_dicom(whole)->damage, "");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string prefix = whole.substr(0, size);  // of its own, so that sanitizers see its end
    const auto file = walk_dicom(prefix);
    EXPECT_EQ(file.has_value(), size >= 132) << size;
    if (!file) continue;
    EXPECT_TRUE(!file->damage.empty() || !file->pixels) << size;
  }
}

TEST(DicomFile, CutAnywhereIsNotWhole) {
  DicomSliceSpec spec;
  spec.extra = sequence(open_item(detail::element(0x0008, 0x0060, "CS", "MR")));
  expect_no_prefix_is_whole(dicom_bytes(spec));
  spec.syntax = "1.2.840.10008.1.2.5";
  spec.fragments = {"one ", "three "};
  expect_no_prefix_is_whole(dicom_bytes(spec));
}

TEST(DicomFile, ThatIsDeflatedIsInflatedUpToABound) {
  DicomSliceSpec spec;
  spec.syntax = "1.2.840.10008.1.2.1.99";
  const std::string meta = detail::meta_bytes(spec);
  const std::string bytes = meta + deflated(detail::data_set_bytes(spec));
  const auto file = walk_dicom(bytes);
  ASSERT_TRUE(file && file->pixels);
  EXPECT_EQ(file->damage, "");
  EXPECT_EQ(file->number(tags::kColumns), 3);
  EXPECT_EQ(walk_dicom(bytes + '\0')->damage, "") << "padded to an even length";
  for (size_t size = meta.size() + 1; size < bytes.size(); ++size)
    EXPECT_NE(walk_dicom(bytes.substr(0, size))->damage.find("cut off"), std::string::npos) << size;
  const auto bomb = walk_dicom(meta + deflated(std::string(size_t{130} << 20U, '\0')));
  EXPECT_NE(bomb->damage.find("more than 128 MB"), std::string::npos) << bomb->damage;
}

TEST(DicomFile, WithALengthBeyondItsEndIsDamaged) {
  for (const uint32_t length : {0xfffffffeU, 0x7fffffffU, 0xffffff00U, 0xfffffff7U, 8U}) {
    DicomSliceSpec spec;
    spec.syntax = "1.2.840.10008.1.2.5";
    spec.fragments = {"four"};
    std::string bytes = dicom_bytes(spec);
    const size_t at = bytes.rfind("four") - 4;
    bytes.replace(at, 4, detail::little_endian(length, 4));
    EXPECT_NE(walk_dicom(bytes)->damage, "") << length;
  }
  std::string bytes = dicom_bytes({});
  const size_t version = bytes.find("OB");
  bytes.replace(version + 4, 4, detail::little_endian(0xffffff00, 4));
  EXPECT_NE(walk_dicom(bytes)->damage.find("(0002,0001) says 4294967040 bytes"), std::string::npos);
}

TEST(DicomFile, NestedWithoutEndIsRefused) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) {
    deep += detail::little_endian(0x01000009, 4) + "SQ" + std::string(2, '\0') +
            detail::little_endian(0xffffffff, 4) + detail::little_endian(0xe000fffe, 4) +
            detail::little_endian(0xffffffff, 4);
  }
  DicomSliceSpec spec;
  spec.extra = deep;
  EXPECT_NE(walk_dicom(dicom_bytes(spec))->damage.find("nested too deeply"), std::string::npos);
}

TEST(DicomFile, ThatSaysSomethingTwiceIsDamaged) {
  DicomSliceSpec spec;
  spec.extra = detail::element(0x0028, 0x0010, "US", detail::number16(1));
  EXPECT_NE(walk_dicom(dicom_bytes(spec))->damage.find("(0028,0010) occurs twice"),
            std::string::npos);
  EXPECT_NE(walk_dicom(dicom_bytes({}) + "junk")->damage, "") << "behind the pixels";
  EXPECT_EQ(walk_dicom(dicom_bytes({}) + std::string(100, '\0'))->damage, "") << "padding";
}

TEST(DicomFile, OfAnyBytesIsWalkedToAnEnd) {
  DicomSliceSpec spec;
  spec.extra = sequence(open_item(sequence("")) + detail::item("ab"));
  const std::string whole = dicom_bytes(spec);
  uint64_t state = 1;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole;
    for (int64_t change = next_index(state, 6); change >= 0; --change) {
      const auto at = static_cast<size_t>(next_index(state, static_cast<int64_t>(bytes.size())));
      const auto byte = static_cast<char>(next_index(state, 256));
      switch (next_index(state, 3)) {
        case 0:
          bytes[at] = byte;
          break;
        case 1:
          bytes.insert(at, 1 + static_cast<size_t>(next_index(state, 8)), byte);
          break;
        default:
          bytes.erase(at, static_cast<size_t>(next_index(state, 8)));
      }
    }
    const auto file = walk_dicom(bytes);
    if (!file || !file->pixels) continue;
    EXPECT_LE(file->pixels->native.size(), bytes.size());
  }
}

}  // namespace
}  // namespace nmsw::datasets
