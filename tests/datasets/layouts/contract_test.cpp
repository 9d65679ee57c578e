// What every layout of the catalog must hold to; a new one needs a writer in layout_writers.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "datasets/check_dataset.h"
#include "datasets/layouts/catalog.h"
#include "datasets/layouts/layouts.h"
#include "nmsw/base/plain_text.h"
#include "tests/datasets/layouts/layout_writers.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::expect_error;
using nmsw::testing::put_file;
using nmsw::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using toy::Names;

/// Everything of a listing as text, with paths below its folder.
Names text_of(const CaseListing& listing, const fs::path& root) {
  Names lines;
  for (const CaseFiles& files : listing.cases) {
    std::string line = files.case_id + " " + enum_name(files.split);
    for (const fs::path& file : files_of({files})) line += " " + fs::relative(file, root).string();
    for (const auto& mask : files.masks) line += fmt::format(" {}", mask.second);
    lines.push_back(line);
  }
  for (const auto* more : {&listing.faults, &listing.remarks})
    lines.insert(lines.end(), more->begin(), more->end());
  lines.push_back(fmt::format("{} {}", listing.validation_tests, listing.split_known));
  return lines;
}

Names expected_ids(Split split) {
  std::set<std::string> sorted;
  for (const toy::ToyCase& item : toy::toy_cases()) {
    if (item.split == split) sorted.insert(item.id);
  }
  return {sorted.begin(), sorted.end()};
}

class LayoutContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto writer = toy::layout_writers().find(GetParam());
    ASSERT_NE(writer, toy::layout_writers().end())
        << "layout '" << GetParam()
        << "' has no writer in tests/datasets/layouts/layout_writers.cpp";
    fs::create_directories(root_);
    descriptor_ = writer->second(root_);
    ASSERT_EQ(descriptor_.layout, GetParam());
  }
  CaseListing listed() const { return list_folder(descriptor_, root_); }

  TemporaryFolder folder_;
  const fs::path root_ = folder_ / "data";
  DatasetDescriptor descriptor_;
};

TEST_P(LayoutContract, ListsEveryCaseWithItsSplitInOrderOfName) {
  const CaseListing listing = listed();
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks, IsEmpty());
  EXPECT_TRUE(listing.split_known);
  EXPECT_FALSE(listing.validation_tests);
  for (const Split split : {Split::train, Split::validation, Split::test})
    EXPECT_EQ(toy::ids(listing.cases, split), expected_ids(split)) << enum_name(split);
  for (size_t i = 1; i < listing.cases.size(); ++i)
    EXPECT_LT(listing.cases[i - 1].case_id, listing.cases[i].case_id);
}

TEST_P(LayoutContract, NamesFilesThatAreThere) {
  std::set<fs::path> images;
  for (const CaseFiles& files : listed().cases) {
    EXPECT_TRUE(files.has_label()) << files.case_id;
    EXPECT_TRUE(files.label.empty() || files.masks.empty()) << files.case_id;
    EXPECT_EQ(name_fault(files.case_id), std::nullopt) << files.case_id;
    EXPECT_TRUE(images.insert(files.image).second) << files.image;
    for (const fs::path& file : files_of({files})) EXPECT_TRUE(fs::is_regular_file(file)) << file;
  }
}

TEST_P(LayoutContract, SaysWhetherTheFilesTellTheClasses) {
  const LayoutEntry& entry = *find_layout(GetParam());
  for (const CaseFiles& files : listed().cases) {
    EXPECT_EQ(files.masks.size(), entry.file_per_class ? descriptor_.classes.size() : 0);
    EXPECT_EQ(files.label.empty(), entry.file_per_class);
  }
}

TEST_P(LayoutContract, DecodesNoImage) {
  const Names before = text_of(listed(), root_);
  for (const fs::path& file : files_of(listed().cases)) put_file(file, "no image");
  EXPECT_EQ(text_of(listed(), root_), before);
}

TEST_P(LayoutContract, ListsTheSameAgain) {
  EXPECT_EQ(text_of(listed(), root_), text_of(listed(), root_));
  const fs::path with_slash = root_ / "";
  EXPECT_EQ(text_of(list_folder(descriptor_, with_slash), root_), text_of(listed(), root_));
}

TEST_P(LayoutContract, IgnoresHiddenFilesAndFolders) {
  const Names before = text_of(listed(), root_);
  std::vector<fs::path> folders{root_};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root_))
    (entry.is_directory() ? folders : files).push_back(entry.path());
  for (const fs::path& file : files)
    put_file(file.parent_path() / ("._" + file.filename().string()), "finder");
  for (const fs::path& folder : folders) {
    put_file(folder / ".DS_Store", "finder");
    fs::create_directory(folder / ".hidden");
  }
  EXPECT_EQ(text_of(listed(), root_), before);
}

TEST_P(LayoutContract, FindsItsVoxelsWhereTheyAreInThePatient) {
  const DatasetFindings findings = check_dataset(descriptor_, root_);
  EXPECT_THAT(findings.faults, IsEmpty());
  for (const CaseFiles& files : listed().cases) {
    SCOPED_TRACE(files.case_id);
    const ImageVolume image = read_image(files.image);
    const LabelVolume label = read_case_label(descriptor_, files);
    std::map<int, std::vector<Real3>> places;
    for (int64_t i = 0; i < image.geometry.voxel_count(); ++i) {
      const auto at = static_cast<size_t>(i);
      const int index = label.voxels[at];
      const float hu = index == 1 ? toy::kLeftHu : index == 2 ? toy::kRightHu : -1000;
      ASSERT_EQ(image.voxels[at], hu) << "voxel " << i << " of class " << index;
      if (index == 0) continue;
      const Int3& extent = image.geometry.extent_xyz;
      places[index].push_back(
          world_position(image.geometry, {double(i % extent[0]), double(i / extent[0] % extent[1]),
                                          double(i / (extent[0] * extent[1]))}));
    }
    ASSERT_EQ(places[1].size(), 1U);
    ASSERT_EQ(places[2].size(), 1U);
    EXPECT_GT(places[1][0][0], places[2][0][0]) << "x of LPS runs to the patient's left";
  }
}

TEST_P(LayoutContract, AFolderThatIsEmptyOrAbsentSaysWhatIsExpected) {
  const std::string expected(find_layout(GetParam())->expected);
  fs::create_directory(folder_ / "empty");
  fs::create_directory(folder_ / "hidden");
  put_file(folder_ / "hidden/.DS_Store", "finder");
  for (const char* name : {"empty", "hidden", "absent"}) {
    const fs::path root = folder_ / name;
    const CaseListing listing = list_folder(descriptor_, root);
    EXPECT_THAT(listing.cases, IsEmpty()) << name;
    EXPECT_THAT(listing.faults, Contains(AllOf(HasSubstr(root.string()), HasSubstr(expected))));
    EXPECT_FALSE(listing.split_known) << name;
    expect_error<DataError>([&] { list_cases(descriptor_, root); }, {root.string(), expected});
  }
}

INSTANTIATE_TEST_SUITE_P(Catalog, LayoutContract, ::testing::ValuesIn(layout_names()),
                         [](const auto& entry) { return entry.param; });

TEST(LayoutCatalog, EveryLayoutHasItsOwnNameAndSaysWhatItIs) {
  std::set<std::string_view> names;
  for (const LayoutEntry& entry : layout_catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.name.empty());
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    EXPECT_FALSE(entry.expected.empty()) << entry.name;
    EXPECT_NE(entry.list, nullptr) << entry.name;
    EXPECT_EQ(find_layout(entry.name), &entry);
    EXPECT_THAT(layout_help(), HasSubstr(std::string(entry.name)));
  }
  EXPECT_EQ(find_layout("no such layout"), nullptr);
}

TEST(LayoutCatalog, EveryWriterIsOfALayout) {
  for (const auto& writer : toy::layout_writers())
    EXPECT_NE(find_layout(writer.first), nullptr) << writer.first;
}

TEST(LayoutCatalog, AnUnknownLayoutIsRefusedWithTheNames) {
  expect_error<ConfigError>([] { toy::two_class_descriptor("nnunett"); },
                            {"toy.yaml:3", "'nnunett'", "did you mean 'nnunet'?", "openkbp"});
  DatasetDescriptor descriptor = toy::two_class_descriptor("word");
  descriptor.layout = "wrod";
  expect_error<ConfigError>([&] { list_folder(descriptor, "."); }, {"'wrod'", "'word'"});
}

}  // namespace
}  // namespace nmsw::datasets
