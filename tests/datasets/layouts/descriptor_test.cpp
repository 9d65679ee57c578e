#include "datasets/layouts/descriptor.h"

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;

ConfigNode version(const std::string& name) { return ConfigNode::parse(name, "my.yaml"); }

TEST(Descriptor, KnowsItsDataSetsByName) {
  EXPECT_EQ(descriptor_names(), (std::vector<std::string>{"ct_a", "ct_b", "hippocampus", "openkbp",
                                                          "openkbp_csv", "totalsegmentator_organ",
                                                          "totalsegmentator_vertebrae", "word"}));
  EXPECT_EQ(num_classes(load_descriptor("word")), 17);
  EXPECT_EQ(num_classes(load_descriptor("totalsegmentator_organ")), 25);
  EXPECT_EQ(num_classes(load_descriptor("totalsegmentator_vertebrae")), 27);
  EXPECT_EQ(num_classes(load_descriptor("hippocampus")), 3);
  for (const std::string& name : descriptor_names()) EXPECT_EQ(load_descriptor(name).name, name);
}

TEST(Descriptor, HoldsThePapersResolution) {
  const DatasetDescriptor word = load_descriptor("word");
  EXPECT_EQ(word.preprocessing.window, (std::array<double, 2>{-250, 500}));
  EXPECT_EQ(word.preprocessing.spacing_xyz_mm, (Real3{1, 1, 3}));
  EXPECT_EQ(word.downsize_rate_xyz, (Int3{3, 3, 3}));
  const DatasetDescriptor vertebrae = load_descriptor("totalsegmentator_vertebrae");
  EXPECT_EQ(vertebrae.preprocessing.window, (std::array<double, 2>{-250, 1100}));
  EXPECT_EQ(vertebrae.downsize_rate_xyz, (Int3{3, 3, 4}));
}

TEST(Descriptor, SelectsTheOlderClassList) {
  const DatasetDescriptor v1 =
      with_version(load_descriptor("totalsegmentator_vertebrae"), version("v1"));
  EXPECT_EQ(num_classes(v1), 25);
  EXPECT_EQ(v1.classes.front(), "vertebrae_L5");
  EXPECT_EQ(num_classes(with_version(load_descriptor("totalsegmentator_organ"), version("v1"))),
            18);
  expect_error<ConfigError>([&] { with_version(v1, version("v3")); },
                            {"my.yaml:1:1", "'v3'", "v2, v1"});
}

TEST(Descriptor, ExchangesLeftAndRightInAMirrorImage) {
  const DatasetDescriptor word = load_descriptor("word");
  const auto mirrored = mirrored_classes(word);
  EXPECT_EQ(mirrored[3], 4);
  EXPECT_EQ(mirrored[4], 3);
  EXPECT_EQ(mirrored[15], 16);
  EXPECT_EQ(mirrored[1], 1);
  // The cysts of the pair list are no classes of v1 and are left out.
  EXPECT_EQ(mirrored_classes(with_version(load_descriptor("totalsegmentator_organ"), version("v1")))
                .size(),
            18u);
}

TEST(Descriptor, IsReadFromAFile) {
  nmsw::testing::TemporaryFolder folder;
  write_text_atomically(folder / "mine.yaml", "name: mine\nclasses: [tumour]\n");
  EXPECT_EQ(load_descriptor((folder / "mine.yaml").string()).classes,
            std::vector<std::string>{"tumour"});
  expect_error<ConfigError>([&] { load_descriptor((folder / "none.yaml").string()); },
                            {"none.yaml"});
}

TEST(Descriptor, OfAFileHasItsFolderBesideIt) {
  nmsw::testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "data");
  write_text_atomically(folder / "mine.yaml", "name: a\nclasses: [b]\ndefault_root: data\n");
  const std::filesystem::path root = load_descriptor((folder / "mine.yaml").string()).default_root;
  EXPECT_TRUE(std::filesystem::equivalent(root, folder / "data"));
}

TEST(Descriptor, TakesTheIntensityRuleOfItsModality) {
  const auto rule = [](const std::string& more) {
    return parse_descriptor("name: a\nclasses: [b]\n" + more, "my.yaml").preprocessing.intensity;
  };
  EXPECT_EQ(rule(""), IntensityRule::window);
  EXPECT_EQ(rule("modality: CT\n"), IntensityRule::window);
  EXPECT_EQ(rule("modality: MR\n"), IntensityRule::zscore);
  EXPECT_EQ(rule("modality: MR\npreprocessing: {crop_foreground: false}\n"), IntensityRule::zscore);
  EXPECT_EQ(rule("modality: MR\npreprocessing: {intensity: window}\n"), IntensityRule::window);
}

TEST(Descriptor, SaysWhatIsWrongWithIt) {
  const auto fault = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_error<ConfigError>([&] { parse_descriptor(text, "my.yaml"); }, parts);
  };
  expect_error<ConfigError>([] { load_descriptor("wrod"); }, {"'wrod'", "did you mean 'word'?"});
  fault("name: a\nclasses: [b]\nlayuot: word\n", {"my.yaml:3", "layuot", "layout"});
  fault("name: a\nclasses: [b]\nname: c\n", {"my.yaml:3"});
  fault("name: a\nclasses: [b]\nmodality: CTT\n", {"my.yaml:3:11", "'CTT' is not CT or MR"});
  fault("name: a\n", {"my.yaml", "classes"});
  fault("name: a\nclasses: [b, b]\n", {"my.yaml:2:10: classes", "'b'", "twice"});
  fault("name: a\nclasses: [b]\nlayout: dicom\n", {"my.yaml:3:9: layout", "'dicom'", "nnunet"});
  fault("name: a\nclasses: [left]\nleft_right_pairs: [[left, rihgt]]\n", {"'rihgt'"});
  fault("name: a\nclasses: [liver]\nlabel_map: [{id: 4, class: livr}]\n",
        {"'livr'", "did you mean 'liver'?"});
  fault("name: a\nclasses: [b]\nlayout: list\n", {"cases"});
  fault("name: a\nclasses: [b]\nlayout: list\ncases: [{id: x, splits: [learn], image: i.nii}]\n",
        {"'learn'"});
  const auto deformed = [&](const std::string& keys, const std::vector<std::string>& parts) {
    fault("name: a\nclasses: [b]\nlayout: list\ncases:\n  - {id: x, image: i.nii, deformations: {" +
              keys + "}}\n",
          parts);
  };
  deformed("rms_mm: 3", {"my.yaml:", "'x'", "are none"});
  deformed("train: 2, rms_mm: 9", {"my.yaml:", "'x'", "fold", "grid_mm of at least 72"});
  deformed("train: -1", {"my.yaml:5", "train", "0..100000"});
}

TEST(Descriptor, HasTolerancesOfSingleClasses) {
  const DatasetDescriptor mine = parse_descriptor(
      "name: a\nclasses: [liver, cyst]\nnsd_tolerances_mm: {cyst: 1.5}\n", "my.yaml");
  EXPECT_EQ(mine.nsd_tolerance_mm, 2);
  EXPECT_EQ(mine.nsd_tolerances_mm, (std::map<std::string, double>{{"cyst", 1.5}}));
  const auto fault = [](const std::string& tolerances, const std::vector<std::string>& parts) {
    expect_error<ConfigError>(
        [&] { parse_descriptor("name: a\nclasses: [liver, cyst]\n" + tolerances, "my.yaml"); },
        parts);
  };
  fault("nsd_tolerances_mm:\n  liver: 1\n  cist: 2\n",
        {"my.yaml:5:", "nsd_tolerances_mm.cist", "'cist' is not one of the classes",
         "did you mean 'cyst'?"});
  fault("nsd_tolerances_mm:\n  liver: 1\n  cyst: -2\n",
        {"my.yaml:5:", "nsd_tolerances_mm.cyst", "above 0"});
  fault("nsd_tolerances_mm: [1, 2]\n", {"my.yaml:3:", "nsd_tolerances_mm"});
}

TEST(Descriptor, HasThePublishedTolerancesOfHeadAndNeck) {
  EXPECT_EQ(load_descriptor("openkbp").nsd_tolerances_mm,
            (std::map<std::string, double>{{"Brainstem", 2.5},
                                           {"SpinalCord", 2.93},
                                           {"RightParotid", 2.85},
                                           {"LeftParotid", 2.85},
                                           {"Mandible", 1.01}}));
}

TEST(Descriptor, RefusesNamesThatArePaths) {
  const auto fault = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_error<ConfigError>([&] { parse_descriptor(text, "my.yaml"); }, parts);
  };
  const auto with_id = [](const std::string& id) {
    return "name: a\nclasses: [b]\nlayout: list\ncases:\n"
           "  - {id: ok, splits: [train], image: i.nii}\n  - {id: " +
           id + ", splits: [train], image: i.nii}\n";
  };
  for (const char* id : {"../../../ESCAPED", "/nowhere/ESCAPED_ABS", "a/b"})
    fault(with_id(id), {"my.yaml:6:10: cases[1].id", id, "holds a '/'"});
  fault(with_id("'..'"), {"my.yaml:6:10", "'..'"});
  fault(with_id("\"a\\tb\""), {"my.yaml:6:10", "control character"});
  fault(with_id("''"), {"my.yaml:6:10", "is empty"});
  fault(with_id("ok"), {"my.yaml:6:10", "'ok' is listed twice"});
  fault(with_id(std::string(201, 'x')), {"my.yaml:6:10", "201 bytes"});
  fault("name: a\nclasses: [b, \"c\\e[31m\"]\n", {"my.yaml:2:10", "c\\x1b[31m", "control"});
  fault("name: ../up\nclasses: [b]\n", {"my.yaml:1:7: name", "'../up' holds a '/'"});
  fault(
      "name: a\nclasses: [b]\nlayout: list\n"
      "cases: [{id: x, splits: [test, test], image: i.nii}]\n",
      {"my.yaml:4", "'test' twice"});
}

TEST(Descriptor, RefusesNumbersThatNoMachineCanMeet) {
  const auto fault = [](const std::string& line) {
    expect_error<ConfigError>(
        [&] { parse_descriptor("name: a\nclasses: [b]\n" + line + "\n", "my.yaml"); },
        {"my.yaml:3:", "must lie in"});
  };
  for (const char* line : {"patch_xyz: [1000000000, 1, 1]", "patch_xyz: [0, 1, 1]",
                           "downsize_rate_xyz: [1, 1000000000, 1]",
                           "fixed_volume_xyz: [1, 1, 1000000000]", "split: {train: 1000000000}"})
    fault(line);
}

TEST(Descriptor, RefusesSpacingsThatNoImageHas) {
  for (const char* spacing : {"[1e-300, 1, 1]", "[1, 0.01, 1]", "[1, 1, 1e300]", "[-1, 1, 1]"}) {
    expect_error<ConfigError>(
        [&] {
          parse_descriptor(std::string("name: a\nclasses: [b]\npreprocessing: {spacing_xyz_mm: ") +
                               spacing + "}\n",
                           "my.yaml");
        },
        {"my.yaml:3:", "spacing_xyz_mm", "0.05 to 50 mm"});
  }
}

TEST(Descriptor, OfHostileFilesIsReadOrRefusedWithAPlace) {
  NMSW_SHARED_OR_SKIP(folder, "data/hostile/yaml");
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = entry.path().string();
    ++files;
    try {
      load_descriptor(file);
      EXPECT_NE(file.find("_d.yaml"), std::string::npos) << file << " is accepted";
    } catch (const ConfigError& error) {
      EXPECT_EQ(std::string(error.what()).rfind(file + ":", 0), 0U) << error.what();
    }
  }
  EXPECT_GE(files, 10U);
}

}  // namespace
}  // namespace nmsw::datasets
