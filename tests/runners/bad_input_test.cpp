#include "datasets/image_io.h"
#include "results/sqlite.h"
#include "results/store.h"
#include "tests/runners/built_program.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

class BadInput : public ::testing::Test {
 protected:
  void put(const fs::path& name, const std::string& text) const {
    write_text_atomically(folder_.path() / name, text);
  }
  Outcome run(const std::string& words, const std::string& before = "") const {
    return run_program_in(folder_.path(), words, before);
  }
  /// The words fail with that message, and no file of the folder has changed.
  void expect_refused(const std::string& words, int code, const std::string& file,
                      const std::vector<std::string>& parts) const {
    SCOPED_TRACE(words);
    const auto before = files_below(folder_.path());
    const Outcome outcome = run(words);
    expect_message(outcome, code, file, parts);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(files_below(folder_.path()), before);
  }
  void put_image(const fs::path& name, const Int3& extent = {12, 10, 8}) const {
    datasets::write_image(folder_.path() / name,
                          testing::random_image(testing::oblique_geometry(extent), 1));
  }
  std::string predict(const std::string& more) const {
    return "predict --checkpoint " + quoted(tiny_checkpoints().nmsw()) +
           " --input a.nii --threads 1 --k 2 --quiet " + more;
  }
  testing::TemporaryFolder folder_;
};

struct BadYaml {
  std::string text;
  std::string place;
  std::string remedy;
};

TEST_F(BadInput, InAnExperimentIsShownWhereItIsWritten) {
  const std::vector<BadYaml> cases{
      {table_experiment("training: {epocs: 3}\n"), "e.yaml:8:19: training.epocs", "'epochs'"},
      {table_experiment("seeds: [1]\nseeds: [2]\n"), "e.yaml:9:1: seeds", "keep one"},
      {table_experiment("training: {epochs: many}\n"), "e.yaml:8:20: training.epochs", "whole"},
      {table_experiment("training: {epochs: -1}\n"), "e.yaml:8:20: training.epochs",
       "must lie in 1.."},
      {table_experiment("training:\n\tepochs: 3\n"), "e.yaml:9:", "correct the YAML"},
      {table_experiment("seeds: [1, 2\n"), "e.yaml:9:", "correct the YAML"},
      {table_experiment("seeds: &a [*a]\n"), "e.yaml:8:8", "write it out"},
      {"[]\n", "e.yaml:1:1", "expected an experiment"},
      {"", "e.yaml", "expected an experiment"},
      {std::string("\x1f\x8b\x08\0\0\0", 6), "e.yaml", ""},
      {"experiment: x\ndatasets: [wrod]\nbackbones: [unet]\nmethods: nmsw\n",
       "e.yaml:2:12: datasets[0]", "did you mean 'word'"},
      {table_experiment("dataset_settings: {word: {preprocessing: {window: [5, 1]}}}\n"),
       "e.yaml:8:51: dataset_settings.word.preprocessing.window", "low below high"},
      {table_experiment("data: {source: real}\n"), "e.yaml:8:1: data", "keep one"}};
  for (const BadYaml& bad : cases) {
    put("e.yaml", bad.text);
    for (const char* verb : {"run", "plan", "check"}) {
      expect_refused(std::string(verb) + " e.yaml", 2, bad.place, {bad.remedy});
    }
  }
  for (const char* verb : {"run", "plan", "check"}) {
    expect_refused(std::string(verb) + " none.yaml", 2, "none.yaml", {"give the path"});
    put("good.yaml", table_experiment());
    expect_refused(std::string(verb) + " good.yaml --set training.epocs=3", 2,
                   "--set training.epocs", {"'epochs'"});
  }
}

TEST_F(BadInput, InAModelOrADescriptorIsShownWhereItIsWritten) {
  put("model.yaml", "scheme: local\ndataset: word\npatch_xyz: [24, 24]\n");
  const std::string import =
      "import --from " + quoted(tiny_checkpoints().local()) + " --config model.yaml --out m.pt";
  expect_refused(import, 2, "model.yaml:3:12: patch_xyz", {"expected 3 values"});
  put("model.yaml", "scheme: local\nbackbone: {unet: {chanels: [4]}}\n");
  expect_refused(import, 2, "model.yaml:2:28", {"'channels'"});
  put("model.yaml", "scheme: local\nscheme: nmsw\n");
  expect_refused(import, 2, "model.yaml:2:1: scheme", {"keep one"});
  datasets::write_label(folder_ / "l.nii",
                        testing::random_label(testing::oblique_geometry({4, 4, 4}), 3, 1));
  const std::string metrics = "metrics --prediction l.nii --label l.nii --classes ";
  put("d.yaml", "name: d\nclasses: [a, a]\n");
  expect_refused(metrics + "d.yaml", 2, "d.yaml:2:10: classes", {"twice", "its own name"});
  put("d.yaml", "name: d\nclases: [a]\n");
  expect_refused(metrics + "d.yaml", 2, "d.yaml:2:9: clases", {"'classes'"});
  expect_refused(metrics + "wrod", 2, "'wrod'", {"did you mean 'word'?"});
  fs::create_directory(folder_ / "data");
  expect_refused("check data --dataset d.yaml", 2, "d.yaml:2:9: clases", {"'classes'"});
}

TEST_F(BadInput, ThatIsNoCheckpointIsRefused) {
  put_image("a.nii");
  const std::string whole = read_file(tiny_checkpoints().nmsw());
  put("cut.pt", whole.substr(0, whole.size() / 2));
  put("empty.pt", "");
  put("text.pt", "these are no weights");
  for (const char* name : {"cut.pt", "empty.pt", "text.pt", "none.pt"}) {
    expect_refused("predict --checkpoint " + std::string(name) + " --input a.nii --output o.nii", 3,
                   name, {});
  }
  expect_refused("predict --checkpoint cut.pt --input a.nii --output o.nii", 3, "cut.pt",
                 {"damaged"});
  const std::string with_local = "predict --checkpoint " + quoted(tiny_checkpoints().local()) +
                                 " --input a.nii --output o.nii --method ";
  expect_refused(with_local + "nmsw", 2, "model.safetensors", {"add --method sliding_window"});
  expect_refused(with_local + "sliding", 2, "sliding", {"sliding_window"});
}

/// The tensors of a checkpoint of ours as another program would write them: without the metadata.
std::string foreign_copy(const std::string& checkpoint) {
  const std::string bytes = read_file(checkpoint);
  size_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(bytes[i]);
  auto header = nlohmann::ordered_json::parse(bytes.substr(8, length));
  header.erase("__metadata__");
  const std::string text = header.dump();
  std::string copy;
  for (unsigned i = 0; i < 8; ++i) copy += static_cast<char>(text.size() >> (8 * i) & 0xFFU);
  return copy + text + bytes.substr(8 + length);
}

TEST_F(BadInput, ToImportIsNamedByItsKey) {
  const std::string network =
      "scheme: local\ndataset: word\npatch_xyz: [24, 24, 24]\n"
      "backbone: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n";
  put("model.yaml", network);
  // A checkpoint of ours has our order of axes: imported, its kernels would be turned.
  expect_refused(
      "import --from " + quoted(tiny_checkpoints().local()) + " --config model.yaml --out m.pt", 3,
      "model.safetensors", {"is a checkpoint of this program", "as it is"});
  const std::string from = "import --from state.safetensors";
  put("state.safetensors", foreign_copy(tiny_checkpoints().local()));
  put("wide.yaml",
      "scheme: local\nbackbone: {unet: {channels: [8, 8, 8], strides: [2, 2, 1]}}\n"
      "patch_xyz: [24, 24, 24]\n");
  expect_refused(from + " --config wide.yaml --out m.pt", 3, "state.safetensors",
                 {"has the shape", "same configuration?"});
  put("other.yaml", "scheme: local\nbackbone: mednext\npatch_xyz: [32, 32, 32]\n");
  expect_refused(from + " --config other.yaml --out m.pt", 3, "state.safetensors",
                 {"is missing", "same network"});
  put("text.pt", "these are no weights");
  expect_refused("import --from text.pt --config model.yaml --out m.pt", 3, "text.pt",
                 {"torch.save"});
  expect_refused("import --from none.pt --config model.yaml --out m.pt", 3, "none.pt", {"check"});
}

TEST_F(BadInput, OfADatabaseLeavesItAsItIs) {
  put("e.yaml", table_experiment());
  {
    auto store = results::ResultStore::open(folder_ / "good.sqlite");
    const Plan plan = plan_of(table_experiment());
    store.add_experiment("table", table_experiment(), plan.plan_sha);
    store.add_tasks(plan.tasks);
  }
  results::Database(folder_ / "good.sqlite", results::Access::create)
      .execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  fs::copy_file(folder_ / "good.sqlite", folder_ / "newer.sqlite");
  results::Database(folder_ / "newer.sqlite", results::Access::create)
      .execute("PRAGMA user_version = 99");
  results::Database(folder_ / "other.sqlite", results::Access::create)
      .execute("CREATE TABLE addresses (name TEXT)");
  put("text.sqlite", "this is no database, only a text");
  struct Bad {
    const char* name;
    int code;
    const char* remedy;
  };
  for (const Bad& bad :
       {Bad{"newer.sqlite", 2, "update the program"}, Bad{"other.sqlite", 3, "--db"},
        Bad{"text.sqlite", 3, "give another file"}}) {
    const std::string name = bad.name;
    for (const std::string& words :
         {"run e.yaml --quiet --db " + name, "plan e.yaml --db " + name, "status --db " + name,
          "retry --db " + name, "report --out r --db " + name, "query status --db " + name,
          "merge " + name + " good.sqlite", "merge all.sqlite good.sqlite " + name}) {
      expect_refused(words, bad.code, name, {bad.remedy});
    }
  }
  for (const std::string words :
       {"status --db none.sqlite", "retry --db none.sqlite", "report --out r --db none.sqlite",
        "query status --db none.sqlite", "merge all.sqlite good.sqlite none.sqlite"}) {
    expect_refused(words, 3, "none.sqlite", {"run"});
  }
  expect_refused("query nothing --db good.sqlite", 2, "nothing", {"known:"});
  expect_refused("query --db good.sqlite --sql 'SELEC 1'", 2, "SELEC", {"SELECT"});
  expect_refused("report --db good.sqlite --out r --experiment tabel", 2, "good.sqlite", {"table"});
}

TEST_F(BadInput, OfAPlaceForTheOutputIsRefusedBeforeTheWork) {
  put_image("a.nii");
  put("e.yaml", table_experiment());
  put("plain", "a file, no folder");
  fs::create_directory(folder_ / "folder");
  expect_refused(predict("--output plain/o.nii.gz"), 3, "plain/o.nii.gz", {"choose a file name"});
  expect_refused(predict("--output o.png"), 2, "o.png", {"end it in .nii.gz"});
  expect_refused(predict("--output a.nii"), 2, "a.nii", {"name another file"});
  expect_refused(predict("--output o.nii --report plain/r.json"), 3, "plain/r.json", {"choose"});
  expect_refused(predict("--output o.nii --trace folder"), 3, "folder", {"choose"});
  expect_refused("run e.yaml --db plain/r.sqlite", 3, "plain/r.sqlite", {"--db"});
  expect_refused("run e.yaml --db r.sqlite --runs plain", 3, "plain", {"choose"});
  expect_refused("phantom --out plain", 3, "plain", {"choose another folder"});
  expect_refused("phantom --out folder/p --extent 20", 2, "48", {});
  results::ResultStore::open(folder_ / "good.sqlite");
  results::Database(folder_ / "good.sqlite", results::Access::create)
      .execute("PRAGMA journal_mode = DELETE");
  expect_refused("report --db good.sqlite --out plain", 3, "plain", {"choose"});
  expect_refused("merge plain/all.sqlite good.sqlite", 3, "plain/all.sqlite", {"--db"});
  expect_refused("predict --checkpoint " + quoted(tiny_checkpoints().nmsw()) + " --input " +
                     std::string(300, 'a') + " --output o.nii",
                 3, "aaa", {});
}

TEST_F(BadInput, OfAFullDiskLeavesTheOldFile) {
  put_image("a.nii", {40, 40, 40});
  for (const char* name : {"o.nii", "o.nrrd", "o.mha"}) {
    put(name, "what was there before");
    const auto before = files_below(folder_.path());
    // A label map of 64000 voxels does not fit into 1 KiB, however it is compressed.
    const Outcome outcome = run(predict("--output " + std::string(name)), "ulimit -f 1;");
    expect_message(outcome, 3, name, {"free"});
    EXPECT_EQ(files_below(folder_.path()), before);
  }
  const Outcome closed = run("list > /dev/full");
  expect_message(closed, 3, "standard output", {"full"});
  datasets::write_label(folder_ / "l.nii",
                        testing::random_label(testing::oblique_geometry({4, 4, 4}), 3, 1));
  expect_message(run("metrics --prediction l.nii --label l.nii > /dev/full"), 3, "standard output",
                 {"full"});
}

TEST_F(BadInput, OfADataSetIsFoundByCheckAndFailsTheTrainingThatReadsIt) {
  put("toy.yaml",
      "name: toy\nlayout: list\ndefault_root: data\nclasses: [a, b]\n"
      "patch_xyz: [24, 24, 24]\ndownsize_rate_xyz: [2, 2, 2]\ncases:\n"
      "  - {id: one, splits: [train, validation, test], image: i.nii, label: l.nii}\n");
  put("e.yaml",
      "experiment: toy\ndatasets: [toy.yaml]\nbackbones: [unet]\nmethods: [sliding_window]\n"
      "networks: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
      "global_network: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
      "training: {epochs: 1, iterations_per_epoch: 1}\n");
  const auto put_label = [&](const Int3& extent, int64_t classes) {
    datasets::write_label(folder_ / "data/l.nii",
                          testing::random_label(testing::oblique_geometry(extent), classes, 1));
  };
  put_image("data/i.nii");
  put_label({12, 10, 8}, 9);
  const Outcome bad_id = run("check e.yaml");
  EXPECT_THAT(bad_id.out, HasSubstr("data/l.nii: label id 3 ("));
  expect_message(bad_id, 3, "e.yaml", {"1 faults", "correct the files"});
  put_label({12, 10, 7}, 3);
  const Outcome other_grid = run("check e.yaml");
  EXPECT_EQ(other_grid.code, 3);
  EXPECT_THAT(other_grid.out, HasSubstr("resample"));
  const Outcome trained = run("run e.yaml --quiet --db r.sqlite");
  EXPECT_EQ(trained.code, 4) << "interface: some tasks failed, the others are stored";
  for (const char* part : {"data/i.nii", "data/l.nii", "resample", "nmsw retry"}) {
    EXPECT_THAT(trained.err, HasSubstr(part));
  }
  for (const auto& [name, text] : files_below(folder_.path()))
    EXPECT_THAT(name, Not(HasSubstr("model.safetensors")));
  put_label({12, 10, 8}, 3);
  EXPECT_EQ(run("check e.yaml").code, 0);
  EXPECT_EQ(run("retry --db r.sqlite").code, 0);
  EXPECT_EQ(run("run e.yaml --quiet --db r.sqlite").code, 0);
  fs::remove(folder_ / "data/l.nii");
  for (const char* verb : {"check", "plan", "run"}) {
    expect_refused(std::string(verb) + " e.yaml", 3, "data/l.nii",
                   {"no such file", "correct the descriptor"});
  }
}

TEST_F(BadInput, OfATotalSegmentatorFolderIsListedByCheckWithTheMissingImage) {
  NMSW_SHARED_OR_SKIP(real, "data/totalsegmentator");
  const Outcome outcome = run("check " + quoted(real));
  EXPECT_THAT(outcome.out, HasSubstr("s0327/ct.nii.gz: no such file"));
  EXPECT_THAT(outcome.out, HasSubstr("meta.csv: no such file"));
  expect_message(outcome, 3, real.string(), {"2 faults"});
  // The folder of a case is no data set.
  expect_message(run("check " + quoted(real / "s0327")), 3, "s0327",
                 {"meta.csv and a folder per case"});
}

}  // namespace
}  // namespace nmsw::runners
