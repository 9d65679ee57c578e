#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/manifest.h"
#include "nmsw/base/safetensors_view.h"
#include "runners/commands/commands.h"
#include "runners/planning/tasks/checkpoint.h"
#include "tests/results/canned_store.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

NetworkDescription description() {
  NetworkDescription network;
  network.scheme = TrainingScheme::nmsw;
  network.networks = {"unet", "{}", "mednext", "{}"};
  network.data.descriptor = datasets::load_descriptor("word");
  network.data.source = DataSource::phantom;
  return network;
}

nlohmann::ordered_json manifest() {
  nlohmann::ordered_json json;
  json["format"] = kCheckpointFormat;
  json["network"] = dump_value(description());
  return json;
}

/// Two tensors: 6 weights, and 4 indices that are none.
std::string checkpoint_bytes(const std::map<std::string, std::string>& metadata) {
  const std::string values(6 * 4 + 4 * 8, '\0');
  SafetensorsView view;
  view.metadata = metadata;
  view.tensors["w"] = {StoredElement::f32, {2, 3}, std::string_view(values).substr(0, 24)};
  view.tensors["x.index"] = {StoredElement::i64, {4}, std::string_view(values).substr(24)};
  std::string bytes;
  write_safetensors(view, [&](std::string_view part) { bytes += part; });
  return bytes;
}

std::string good_bytes() { return checkpoint_bytes({{kManifestKey, manifest().dump()}}); }

std::string shown(const Arguments& arguments) {
  ::testing::internal::CaptureStdout();
  const int code = show_command(arguments);
  std::string text = ::testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  return text;
}

TEST(Checkpoint, IsReadWithoutItsTensorsBeingLoaded) {
  const TemporaryFolder folder;
  const fs::path file = folder / "model.safetensors";
  testing::put_file(file, good_bytes());
  const Checkpoint got = read_checkpoint(file);
  EXPECT_EQ(got.weights, 6) << "indices are no weights";
  EXPECT_EQ(got.tensors, 2);
  EXPECT_EQ(got.bytes, static_cast<int64_t>(good_bytes().size()));
  EXPECT_EQ(got.sha256, sha256_hex(good_bytes()));
  EXPECT_EQ(got.description.scheme, TrainingScheme::nmsw);
  EXPECT_EQ(dump_value(got.description.data.descriptor), dump_value(description().data.descriptor));
}

TEST(Checkpoint, WhatIsNoneIsRefusedWithTheRemedy) {
  const TemporaryFolder folder;
  const fs::path file = folder / "model.safetensors";
  const auto refused = [&](const std::string& bytes, const std::vector<std::string>& parts) {
    SCOPED_TRACE(parts.front());
    testing::put_file(file, bytes);
    expect_error<DataError>([&] { read_checkpoint(file); }, parts);
  };
  refused("PK\x03\x04 and more of a pickle", {"pickle", "nmsw import --from"});
  refused("no such file", {"no checkpoint of this program"});
  refused("", {"no checkpoint of this program"});
  refused(checkpoint_bytes({{"format", "pt"}}), {"weights alone", "nmsw import"});
  refused(checkpoint_bytes({{kManifestKey, "{"}}), {"description is damaged"});
  refused(checkpoint_bytes({{kManifestKey, "[]"}}), {"description is damaged"});
  refused(checkpoint_bytes({{kManifestKey, "{\"network\": " + std::string(100000, '[') +
                                               std::string(100000, ']') + "}"}}),
          {"description is damaged"});
  refused(checkpoint_bytes({{kManifestKey, "{}"}}), {"state of a training"});
  auto newer = manifest();
  newer["format"] = kCheckpointFormat + 1;
  refused(checkpoint_bytes({{kManifestKey, newer.dump()}}), {"newer version"});
  newer["format"] = "two";
  refused(checkpoint_bytes({{kManifestKey, newer.dump()}}), {"newer version"});
  std::string flipped = good_bytes();
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  refused(flipped, {"SHA-256"});
  for (size_t length = 0; length < good_bytes().size(); length += 97) {
    testing::put_file(file, good_bytes().substr(0, length));
    EXPECT_THROW(read_checkpoint(file), DataError) << length;
  }
  expect_error<DataError>([&] { read_checkpoint(folder / "absent"); }, {"absent"});
}

TEST(Show, PrintsWhatTheCheckpointIs) {
  const TemporaryFolder folder;
  const fs::path file = folder / "model.safetensors";
  testing::put_file(file, good_bytes());
  const std::string text = shown({file.string()});
  for (const char* part :
       {"unet, global network mednext", "nmsw", "16: liver, spleen, left_kidney", "1 x 1 x 3 mm",
        "128 x 128 x 128, overlap 0.5", "window -250 to 500", "(phantoms)", "in 2 tensors"})
    EXPECT_THAT(text, HasSubstr(part));
  const auto json = nlohmann::json::parse(shown({file.string(), "--format", "json"}));
  EXPECT_EQ(json.at("parameters"), 6);
  EXPECT_EQ(json.at("network").at("networks").at("global_backbone"), "mednext");
  EXPECT_EQ(json.count("scores"), 0u);
}

TEST(Show, PrintsTheScoresOfEvaluationsThatUsedTheFile) {
  namespace canned = results::testing;
  const TemporaryFolder folder;
  const fs::path file = folder / "model.safetensors";
  testing::put_file(file, good_bytes());
  canned::TestStore store;
  results::TaskRecord training = canned::training("train", "nmsw"),
                      other = canned::training("other");
  results::TaskRecord used = canned::evaluation("used", "nmsw", "5");
  used.depends_on = {"train"};
  results::TaskRecord unused = canned::evaluation("unused", "zoom_out");
  unused.depends_on = {"other"};
  store->add_tasks({training, other, used, unused});
  results::TaskResult trained;
  trained.artifacts = {{"checkpoint", file.string(), sha256_file(file), 1}};
  canned::run_task(*store, "train", trained);
  canned::run_task(*store, "other");
  results::TaskResult scored;
  for (const auto& [case_id, dsc] : {std::make_pair("a", 0.5), std::make_pair("b", 0.75)}) {
    scored.metrics.push_back(canned::score(case_id, 1, "dsc", dsc));
    scored.metrics.back().k = "5";
  }
  canned::run_task(*store, "used", scored);
  for (results::MetricValue& value : scored.metrics) value.k = "";
  canned::run_task(*store, "unused", scored);
  const std::string database = store.file().string();
  const auto json =
      nlohmann::json::parse(shown({file.string(), "--db", database, "--format", "json"}));
  ASSERT_EQ(json.at("scores").size(), 1u) << json.dump(1);
  EXPECT_EQ(json.at("scores")[0].at("method"), "nmsw");
  EXPECT_EQ(json.at("scores")[0].at("k"), "5");
  EXPECT_DOUBLE_EQ(json.at("scores")[0].at("dsc"), 0.625);
  EXPECT_THAT(shown({file.string(), "--db", database}), HasSubstr("0.625"));
  auto renamed = manifest();
  renamed["network"]["overlap"] = 0.25;
  testing::put_file(file, checkpoint_bytes({{kManifestKey, renamed.dump()}}));
  EXPECT_THAT(shown({file.string(), "--db", database}), HasSubstr("no finished evaluation"));
}

TEST(Show, WrongUsageIsAConfigError) {
  expect_error<ConfigError>([] { show_command({}); }, {"show CHECKPOINT"});
  expect_error<ConfigError>([] { show_command({"a", "b"}); }, {"one word too many"});
  expect_error<ConfigError>([] { show_command({"a", "--format", "csv"}); }, {"--format", "json"});
}

}  // namespace
}  // namespace nmsw::runners
