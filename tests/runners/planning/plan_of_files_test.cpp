#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "runners/planning/plan/plan.h"
#include "runners/planning/plan/plan_format.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/build_paths.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Folders of the layout word with files that nobody opens while planning.
class PlanOfFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    put_case("Tr", "a");
    put_case("Ts", "t", "z");
  }
  void put_case(const std::string& split, const std::string& id, const std::string& bytes = "x") {
    write_text_atomically(folder_ / ("images" + split + "/" + id + ".nii.gz"), bytes);
    write_text_atomically(folder_ / ("labels" + split + "/" + id + ".nii.gz"), bytes);
  }
  static std::string experiment(const std::string& source, const std::string& folder) {
    return "experiment: x\ndatasets: [word]\nbackbones: [unet]\nmethods: [sliding_window]\n"
           "data: {source: " +
           source + ", roots: {word: '" + folder + "'}}\n";
  }
  Plan plan() const { return plan_of(experiment("real", folder_.path().string())); }
  testing::TemporaryFolder folder_;
};

TEST_F(PlanOfFiles, TrainsAgainWhenATrainingFileChangesAndOnlyEvaluatesForATestFile) {
  const std::vector<std::string> keys = keys_of(plan());
  ASSERT_THAT(keys, SizeIs(2));
  EXPECT_EQ(keys_of(plan()), keys);
  put_case("Ts", "b");
  EXPECT_EQ(plan().tasks[1].cases_expected, 2);
  EXPECT_EQ(keys_of(plan())[0], keys[0]);
  EXPECT_NE(keys_of(plan())[1], keys[1]);
  std::filesystem::remove(folder_ / "imagesTs/b.nii.gz");
  std::filesystem::remove(folder_ / "labelsTs/b.nii.gz");
  EXPECT_EQ(keys_of(plan()), keys);
  put_case("Tr", "a", "longer");
  EXPECT_NE(keys_of(plan())[0], keys[0]);
  EXPECT_NE(keys_of(plan())[1], keys[1]) << "its weights are others";
}

/// Empty images of these extents in place of the files that nobody can read.
class PlanOfImages : public PlanOfFiles {
 protected:
  void put_image(const std::string& split, Int3 extent) {
    ImageVolume image;
    image.geometry.extent_xyz = extent;
    image.voxels.resize(static_cast<size_t>(image.geometry.voxel_count()));
    datasets::write_image(folder_ / ("images" + split + (split == "Ts" ? "/t" : "/a") + ".nii.gz"),
                          image, datasets::ImageStorage::int16);
  }
  Plan plan_of_volumes() const {
    return plan_of(
        "experiment: x\ndatasets: [word]\nbackbones: [unet]\n"
        "methods: [sliding_window, {nmsw: {k: [full]}}]\n"
        "data: {source: real, roots: {word: '" +
        folder_.path().string() +
        "'}}\n"
        "dataset_settings: {word: {patch_xyz: [32, 32, 32], preprocessing: {spacing_xyz_mm: "
        "null}}}\n");
  }
  static double peak(const Plan& plan, const std::string& scheme) {
    return tasks_of(plan, "train", scheme).at(0).predicted_peak_bytes;
  }
  static int64_t patches(const Plan& plan) {
    return plan.patches.at(tasks_of(plan, "evaluate").at(0).key);
  }
};

TEST_F(PlanOfImages, CountsTheTestVolumesPatchesAndTheTrainingVolumesMemory) {
  put_image("Tr", {160, 160, 96});
  put_image("Ts", {48, 33, 32});
  const Plan large_training = plan_of_volumes();
  EXPECT_EQ(patches(large_training), 2 * 2 * 1);
  put_image("Tr", {48, 33, 32});
  put_image("Ts", {160, 160, 96});
  const Plan small_training = plan_of_volumes();
  EXPECT_EQ(patches(small_training), 9 * 9 * 5);
  EXPECT_GT(peak(large_training, "nmsw"), peak(small_training, "nmsw") + 5 * 160 * 160 * 90);
}

TEST_F(PlanOfImages, SaysWhoseExtentsItDoesNotKnow) {
  EXPECT_THAT(plan_of_volumes().notes,
              ::testing::Contains(HasSubstr("1 of 1 test cases of 'word'")));
  put_image("Ts", {48, 33, 32});
  EXPECT_THAT(plan_of_volumes().notes, SizeIs(0));
}

TEST_F(PlanOfFiles, RefusesASplitThatIsNoPartition) {
  const auto fault = [&] { return fault_of(experiment("real", folder_.path().string())); };
  put_case("Tr", "t");
  EXPECT_THAT(fault(), HasSubstr("case 't' is in train and in test"));
  for (const char* part : {"images", "labels"})
    std::filesystem::remove_all(folder_ / (std::string(part) + "Ts"));
  EXPECT_THAT(fault(), HasSubstr("no case of 'word' is in test"));
}

TEST_F(PlanOfFiles, NotesATestImageThatTrainsUnderAnotherName) {
  EXPECT_THAT(plan().notes, ::testing::Not(::testing::Contains(HasSubstr("same image"))));
  put_case("Ts", "b");
  EXPECT_THAT(plan().notes, ::testing::Contains(HasSubstr("'b' is the same image as 'a'")));
}

TEST_F(PlanOfFiles, NamesFilesWhoseNamesAreNoText) {
  write_text_atomically(folder_ / "labelsTr/M\xfcller.nii.gz", "x");
  const Plan found = plan();
  EXPECT_THAT(found.notes, ::testing::Contains(HasSubstr("M\\xfcller.nii.gz: no image")));
  EXPECT_NO_THROW(format_plan(found, keys_of(found), {}, PlanFormat::json));
  write_text_atomically(folder_ / "imagesTr/M\xfcller.nii.gz", "x");
  EXPECT_THAT(fault_of(experiment("real", folder_.path().string())),
              HasSubstr("M\\xfcller.nii.gz: the name of the case holds a byte"));
}

TEST_F(PlanOfFiles, NotesWhatIsPassedOver) {
  write_text_atomically(folder_ / "imagesTr/b.mhd", "x");
  EXPECT_THAT(plan().notes, ::testing::Contains(HasSubstr("passed over")));
}

TEST_F(PlanOfImages, RefusesASpacingThatCannotBeMeant) {
  ImageVolume image;
  image.geometry.extent_xyz = {20, 18, 16};
  image.voxels.resize(20 * 18 * 16);
  for (const Real3& spacing : {Real3{80, 110, 250}, Real3{0.0008, 0.0008, 0.0008}}) {
    image.geometry.spacing_xyz_mm = spacing;
    datasets::write_image(folder_ / "imagesTs/t.nii.gz", image, datasets::ImageStorage::int16);
    EXPECT_THAT(fault_of(experiment("real", folder_.path().string())),
                ::testing::AllOf(HasSubstr("imagesTs/t.nii.gz: voxels of"),
                                 HasSubstr("is the unit wrong?")));
  }
  image.geometry.spacing_xyz_mm = {1, 1, 15};
  datasets::write_image(folder_ / "imagesTs/t.nii.gz", image, datasets::ImageStorage::int16);
  EXPECT_THAT(plan().notes, ::testing::Contains(HasSubstr("is the unit right?")));
}

TEST_F(PlanOfFiles, SeesOtherContentsOfTheSameSize) {
  const std::vector<std::string> keys = keys_of(plan());
  write_text_atomically(folder_ / "labelsTs/t.nii.gz", "y");
  const std::vector<std::string> tested = keys_of(plan());
  EXPECT_EQ(tested[0], keys[0]) << "a test label trains nothing";
  EXPECT_NE(tested[1], keys[1]);
  write_text_atomically(folder_ / "labelsTs/t.nii.gz", "z");
  EXPECT_EQ(keys_of(plan()), keys);
  write_text_atomically(folder_ / "labelsTr/a.nii.gz", "y");
  EXPECT_NE(keys_of(plan())[0], keys[0]);
  EXPECT_NE(keys_of(plan())[1], keys[1]);
}

TEST_F(PlanOfFiles, KeepsKeysWhenTheFolderMoves) {
  const std::vector<std::string> keys = keys_of(plan());
  testing::TemporaryFolder elsewhere;
  std::filesystem::copy(folder_.path(), elsewhere.path(), std::filesystem::copy_options::recursive);
  EXPECT_EQ(keys_of(plan_of(experiment("real", elsewhere.path().string()))), keys);
}

TEST_F(PlanOfFiles, AreUsedOrRefusedWhereTheyAreNamed) {
  const Plan found = plan_of(experiment("auto", folder_.path().string()));
  ASSERT_THAT(found.data, SizeIs(1));
  EXPECT_EQ(found.data[0].source, DataSource::real);
  EXPECT_THAT(data_note(found.data[0]),
              ::testing::AllOf(HasSubstr(folder_.path().string()), HasSubstr("data.roots.word")));
  EXPECT_EQ(keys_of(found), keys_of(plan()));
  for (const char* source : {"auto", "real"}) {
    try {
      plan_of(experiment(source, "/no/such/folder"));
      FAIL() << source;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("/no/such/folder"));
    }
  }
  EXPECT_THAT(fault_of(experiment("phantom", folder_.path().string())),
              ::testing::AllOf(HasSubstr("data.roots.word"), HasSubstr("data.source is phantom")));
}

TEST_F(PlanOfFiles, OfOneDataSetLeaveTheOthersPhantomsAndSayWhy) {
  const Plan both = plan_of(
      "experiment: x\ndatasets: [word, totalsegmentator_organ]\nbackbones: [unet]\n"
      "methods: [sliding_window]\ndata: {roots: {word: '" +
      folder_.path().string() + "'}}\n");
  ASSERT_THAT(both.data, SizeIs(2));
  EXPECT_EQ(both.data[0].source, DataSource::real);
  EXPECT_EQ(both.data[1].source, DataSource::phantom);
  EXPECT_THAT(data_note(both.data[1]), HasSubstr("data.roots.totalsegmentator_organ"));
  const auto json = nlohmann::json::parse(format_plan(both, keys_of(both), {}, PlanFormat::json));
  EXPECT_EQ(json["data"][0]["folder"], folder_.path().string());
  EXPECT_THAT(json["notes"].dump(), HasSubstr("totalsegmentator_organ"));
}

TEST_F(PlanOfFiles, AreNotLookedAtWhereOnlyLeavesTheirDataSetOut) {
  const auto config = parse_experiment(
      "experiment: x\ndatasets: [word, totalsegmentator_organ]\nbackbones: [unet]\n"
      "methods: [sliding_window]\nprofile: {repeats: 0}\n"
      "exclude: [{dataset: totalsegmentator_organ, backbone: unet}]\n"
      "data: {source: real, roots: {word: '" +
          folder_.path().string() + "', totalsegmentator_organ: /no/such/folder}}\n",
      "file.yaml");
  PlanOptions options;
  EXPECT_THROW(make_plan(config, options), DataError);
  options.only = {{"dataset", "word"}};
  const Plan plan = make_plan(config, options);
  EXPECT_THAT(plan.left_out, ElementsAre("totalsegmentator_organ"));
  EXPECT_THAT(tasks_of(plan, "evaluate"), SizeIs(1));
  EXPECT_THAT(tasks_of(plan, "profile"), SizeIs(1)) << "as in the whole plan";
}

TEST_F(PlanOfFiles, RefusesAFolderThatIsNoDataSetOfItsLayout) {
  std::filesystem::remove(folder_ / "labelsTr/a.nii.gz");
  try {
    plan();
    FAIL() << "no fault";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("imagesTr/a.nii.gz: no label"));
  }
}

/// A list of one file with deformations, and an experiment on it.
class PlanOfDeformations : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* file : {"a.nii", "a_label.nii", "b.nii", "b_label.nii"})
      write_text_atomically(folder_ / file, "x");
    put_list("one", "{train: 3, validation: 1, test: 4}");
  }
  void put_list(const std::string& name, const std::string& deformations,
                const std::string& more = "") {
    write_text_atomically(
        folder_ / (name + ".yaml"),
        "name: " + name + "\nlayout: list\nclasses: [organ]\npatch_xyz: [32, 32, 32]\n" +
            "default_root: '" + folder_.path().string() + "'\ncases:\n" +
            "  - {id: a, image: a.nii, label: a_label.nii, deformations: " + deformations + "}\n" +
            more);
  }
  std::string text(const std::vector<std::string>& lists, const std::string& more) const {
    std::string names;
    for (const std::string& list : lists) names += (folder_ / (list + ".yaml")).string() + ", ";
    return "experiment: x\ndatasets: [" + names + "]\nbackbones: [unet]\ndata: {source: real}\n" +
           more;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(PlanOfDeformations, CopiesTheTemplateWithoutATraining) {
  const Plan plan = plan_of(text({"one"}, "methods: [template_copy]\nseeds: [0, 1]\n"));
  ASSERT_THAT(plan.tasks, SizeIs(1)) << "nothing of it is random";
  EXPECT_EQ(plan.tasks[0].kind, "evaluate");
  EXPECT_EQ(plan.tasks[0].method, "template_copy");
  EXPECT_EQ(plan.tasks[0].cases_expected, 4);
  EXPECT_THAT(plan.tasks[0].depends_on, SizeIs(0));
  EXPECT_EQ(keys_of(plan_of(text({"one"}, "methods: template_copy\ntraining: {epochs: 2}\n"))),
            keys_of(plan));
  EXPECT_THAT(tasks_of(plan_of(text({"one"}, "methods: template_copy\nprofile: {repeats: 0}\n")),
                       "profile"),
              SizeIs(0));
}

TEST_F(PlanOfDeformations, RefusesToCopyATemplateThatIsNone) {
  put_list("two", "{train: 3}", "  - {id: b, splits: [test], image: b.nii, label: b_label.nii}\n");
  EXPECT_THAT(fault_of(text({"one", "two"}, "methods: [template_copy]\n")),
              ::testing::AllOf(HasSubstr("methods[0]"), HasSubstr("'two'"), HasSubstr("exclude")));
  EXPECT_THAT(fault_of(text({"one"}, "methods: {template_copy: {overlap: 0.2}}\n")),
              HasSubstr("no parameter"));
  EXPECT_THAT(fault_of("experiment: x\ndatasets: word\nbackbones: unet\nmethods: template_copy\n"
                       "data: {source: phantom}\n"),
              HasSubstr("'word'"));
}

TEST_F(PlanOfDeformations, SharesTheTrainingOfListsThatDifferInTestCasesOnly) {
  const std::string b_tests = "  - {id: b, splits: [test], image: b.nii, label: b_label.nii}\n";
  put_list("two", "{train: 3, validation: 1}", b_tests);
  const std::string method = "methods: [sliding_window]\n";
  const Plan both = plan_of(text({"one", "two"}, method));
  EXPECT_THAT(tasks_of(both, "train"), SizeIs(1));
  const auto evaluations = tasks_of(both, "evaluate");
  ASSERT_THAT(evaluations, SizeIs(2));
  EXPECT_EQ(evaluations[0].cases_expected, 4);
  EXPECT_EQ(evaluations[1].cases_expected, 1);
  const std::string training = tasks_of(both, "train").at(0).key;
  for (const char* other : {"{train: 4, validation: 1}", "{train: 3, validation: 1, rms_mm: 5}",
                            "{train: 3, validation: 1, seed: 1}"}) {
    put_list("two", other, b_tests);
    EXPECT_NE(tasks_of(plan_of(text({"two"}, method)), "train").at(0).key, training) << other;
  }
}

TEST(Plan, OfTheRealCtsTrainsOnceForBothPatients) {
  NMSW_SHARED_OR_SKIP(data, "data");
  const Plan plan = make_plan(
      load_experiment(testing::source_folder() / "experiments/ct_a.yaml",
                      {"data.roots.ct_a=" + data.string(), "data.roots.ct_b=" + data.string()}),
      {});
  EXPECT_THAT(tasks_of(plan, "train"), SizeIs(3));
  std::vector<std::string> evaluations;
  for (const results::TaskRecord& task : tasks_of(plan, "evaluate"))
    evaluations.push_back(fmt::format("{} {} {}", task.dataset, task.method, task.cases_expected));
  EXPECT_THAT(evaluations, ::testing::UnorderedElementsAre("ct_a sliding_window 6", "ct_a nmsw 6",
                                                           "ct_a template_copy 6",
                                                           "ct_b sliding_window 1", "ct_b nmsw 1"));
}

}  // namespace
}  // namespace nmsw::runners
