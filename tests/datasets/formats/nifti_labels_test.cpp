#include "datasets/formats/nifti_labels.h"

#include <cstring>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datasets/formats/gzip.h"
#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/class_colour.h"
#include "tests/support/make_volume.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using testing::TemporaryFolder;

template <class Number>
Number number_at(const std::string& bytes, size_t at) {
  Number number{};
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

/// What stands between <![CDATA[ and ]]> of the label, sections joined.
std::string name_of(const std::string& xml, int key) {
  const size_t label = xml.find(fmt::format("<Label Key=\"{}\" ", key));
  const size_t begin = xml.find('>', label) + 1, end = xml.find("</Label>", begin);
  std::string name, rest = xml.substr(begin, end - begin);
  const std::string open = "<![CDATA[", close = "]]>";
  while (!rest.empty()) {
    EXPECT_EQ(rest.rfind(open, 0), 0u) << rest;
    const size_t stop = rest.find(close);
    if (stop == std::string::npos) return "not closed";
    name += rest.substr(open.size(), stop - open.size());
    rest.erase(0, stop + close.size());
  }
  return name;
}

/// The extension's XML; its numbers and those of the header are compared with the NIfTI-1 standard.
std::string checked_xml(const std::string& bytes, size_t voxels) {
  const auto size = number_at<int32_t>(bytes, 352);
  EXPECT_EQ(bytes[348], 1) << "an extension follows";
  EXPECT_EQ(bytes.substr(349, 3), std::string(3, '\0'));
  EXPECT_EQ(size % 16, 0);
  EXPECT_EQ(number_at<int32_t>(bytes, 356), 30) << "NIFTI_ECODE_CARET";
  EXPECT_EQ(number_at<float>(bytes, 108), static_cast<float>(352 + size)) << "vox_offset";
  EXPECT_EQ(number_at<int16_t>(bytes, 68), 1002) << "NIFTI_INTENT_LABEL";
  EXPECT_EQ(bytes.size(), 352 + static_cast<size_t>(size) + voxels);
  return bytes.substr(360, static_cast<size_t>(size) - 8);
}

TEST(NiftiLabels, StandBeforeTheVoxelsAsTheStandardSays) {
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(testing::oblique_geometry({7, 5, 4}), 3, 1);
  for (const char* ending : {".nii", ".nii.gz"}) {
    SCOPED_TRACE(ending);
    const auto file = folder / (std::string("label") + ending);
    write_label(file, label, {}, {"word", {"liver", "left kidney"}});
    std::string bytes = read_file(file);
    if (is_gzip(bytes)) bytes = gunzip(bytes, kAnyLength, "label");
    const std::string xml = checked_xml(bytes, label.voxels.size());
    EXPECT_EQ(bytes.compare(bytes.size() - label.voxels.size(), std::string::npos,
                            std::string(label.voxels.begin(), label.voxels.end())),
              0);
    EXPECT_EQ(name_of(xml, 1), "liver");
    EXPECT_EQ(name_of(xml, 2), "left kidney");
    EXPECT_EQ(xml.find("Key=\"0\""), std::string::npos);
    EXPECT_EQ(xml.find("Key=\"3\""), std::string::npos);
    const auto [red, green, blue] = class_colour(2);
    EXPECT_NE(
        xml.find(fmt::format("<Label Key=\"2\" Red=\"{:.6f}\" Green=\"{:.6f}\" Blue=\"{:.6f}\"",
                             red / 255.0, green / 255.0, blue / 255.0)),
        std::string::npos);
    EXPECT_EQ(read_label(file).voxels, label.voxels);
  }
}

TEST(NiftiLabels, KeepTheHeaderOfTheImageTheyLieOn) {
  const TemporaryFolder folder;
  const Geometry grid = testing::oblique_geometry({7, 5, 4});
  write_image(folder / "image.nii", testing::random_image(grid, 4));
  const LabelVolume label = testing::random_label(read_geometry(folder / "image.nii"), 3, 1);
  write_label(folder / "label.nii", label, folder / "image.nii", {"", {"a", "b"}});
  const std::string image = read_file(folder / "image.nii"),
                    bytes = read_file(folder / "label.nii");
  EXPECT_EQ(bytes.substr(252, 76), image.substr(252, 76)) << "qform and sform";
  checked_xml(bytes, label.voxels.size());
  EXPECT_EQ(read_label(folder / "label.nii").voxels, label.voxels);
}

TEST(NiftiLabels, AreAbsentWhereNoNamesAreKnown) {
  EXPECT_EQ(nifti_label_extension({}), "");
  const TemporaryFolder folder;
  write_label(folder / "label.nii",
              testing::random_label(testing::oblique_geometry({2, 2, 2}), 2, 1));
  const std::string bytes = read_file(folder / "label.nii");
  EXPECT_EQ(bytes.size(), 352u + 8);
  EXPECT_EQ(bytes.substr(348, 4), std::string(4, '\0'));
}

TEST(NiftiLabels, NoNameBreaksTheXml) {
  const std::vector<std::string> names{"a]]>b",    "]]>]]>", "<&\"'>",       "",
                                       "a\nb\x01", "\xff",   "\xef\xbf\xbf", "Größe"};
  const std::string xml = nifti_label_extension(names).substr(8);
  EXPECT_EQ(name_of(xml, 1), "a]]>b");
  EXPECT_EQ(name_of(xml, 2), "]]>]]>");
  EXPECT_EQ(name_of(xml, 3), "<&\"'>");
  EXPECT_EQ(name_of(xml, 4), "");
  EXPECT_EQ(name_of(xml, 5), "a\\x0ab\\x01");
  EXPECT_EQ(name_of(xml, 6), "\\xff");
  EXPECT_EQ(name_of(xml, 7), "\\xffff");
  EXPECT_EQ(name_of(xml, 8), "Größe");
}

TEST(NiftiLabels, EverySizeIsAMultipleOf16WithAnEndingZero) {
  for (size_t length = 0; length < 40; ++length) {
    const std::string bytes = nifti_label_extension({std::string(length, 'x')});
    EXPECT_EQ(bytes.size() % 16, 0u);
    EXPECT_EQ(number_at<int32_t>(bytes, 0), static_cast<int32_t>(bytes.size()));
    EXPECT_EQ(bytes.back(), '\0');
    EXPECT_EQ(bytes.substr(8, 5), "<?xml");
  }
}

}  // namespace
}  // namespace nmsw::datasets
