#include "nmsw/base/path_in_yaml.h"

#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

namespace fs = std::filesystem;

/// A folder of its own as working directory, and a YAML file elsewhere.
class PathInYaml : public ::testing::Test {
 protected:
  PathInYaml() : before_(fs::current_path()) { fs::current_path(working_.path()); }
  ~PathInYaml() override { fs::current_path(before_); }
  fs::path resolved(const std::string& path, const std::vector<std::string>& sets = {}) {
    testing::put_file(yaml_ / "file.yaml", "key: '" + path + "'\n");
    ConfigNode root = ConfigNode::load(yaml_ / "file.yaml");
    for (const std::string& set : sets) root.set(set);
    return path_in_yaml(root.at("key"));
  }
  testing::TemporaryFolder working_, yaml_;
  fs::path before_;
};

TEST_F(PathInYaml, StandsBesideTheFile) {
  testing::put_file(yaml_ / "data.txt", "x");
  EXPECT_TRUE(fs::equivalent(resolved("data.txt"), yaml_ / "data.txt"));
  EXPECT_EQ(resolved("not/there"), (yaml_ / "not/there").lexically_normal());
}

TEST_F(PathInYaml, ElseInTheWorkingDirectoryAsBefore) {
  testing::put_file("data.txt", "x");
  EXPECT_EQ(resolved("data.txt"), "data.txt");
}

TEST_F(PathInYaml, IsRefusedWhereBothAreThere) {
  testing::put_file("data.txt", "x");
  testing::put_file(yaml_ / "data.txt", "x");
  testing::expect_error<ConfigError>(
      [&] { resolved("data.txt"); },
      {"file.yaml:1:6: key", yaml_.path().string(), "not the same", "write the whole path"});
  fs::remove("data.txt");
  fs::create_symlink(yaml_ / "data.txt", "data.txt");
  EXPECT_EQ(resolved("data.txt"), "data.txt");
}

TEST_F(PathInYaml, OfSetIsTheShells) {
  testing::put_file(yaml_ / "data.txt", "x");
  EXPECT_EQ(resolved("other", {"key=data.txt"}), "data.txt");
}

TEST_F(PathInYaml, LeavesWholeAndEmptyPathsAlone) {
  EXPECT_EQ(resolved("/no/where"), "/no/where");
  EXPECT_EQ(resolved(""), "");
}

}  // namespace
}  // namespace nmsw
