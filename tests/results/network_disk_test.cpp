#include "results/network_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/store.h"
#include "tests/results/canned_store.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::results {
namespace {

using ::testing::HasSubstr;

StoreOptions on_disk(const std::string& name, std::vector<std::string>& told) {
  StoreOptions options;
  options.network_disk = [name](const std::filesystem::path&) { return name; };
  options.waiting.tell = [&told](const std::string& note) { told.push_back(note); };
  return options;
}

std::string journal_of(const std::filesystem::path& file) {
  const auto store = ResultStore::open_read_only(file);
  return format_value(store.query("SELECT journal_mode FROM pragma_journal_mode").rows.at(0).at(0));
}

TEST(NetworkDisk, IsKnownByItsNumber) {
  // The numbers of Linux's include/uapi/linux/magic.h.
  EXPECT_EQ(network_file_system_of(0x6969), "nfs");
  EXPECT_EQ(network_file_system_of(0x65735546), "fuse");
  EXPECT_EQ(network_file_system_of(0x00c36400), "ceph");
  EXPECT_EQ(network_file_system_of(0xff534d42), "cifs");
  EXPECT_EQ(network_file_system_of(0xef53), "") << "ext4";
  EXPECT_EQ(network_file_system_of(0x01021994), "") << "tmpfs";
}

TEST(NetworkDisk, IsThatOfTheNearestFolderThatIsThere) {
  EXPECT_EQ(network_file_system("/proc/self/no/such/file"), "");
}

TEST(NetworkDisk, HasNoSharedLogAndSaysWhyOnce) {
  const nmsw::testing::TemporaryFolder folder;
  const std::filesystem::path file = folder / "r.sqlite";
  std::vector<std::string> told;
  ResultStore::open(file, on_disk("nfs", told)).add_experiment("demo", "text", "sha");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("nfs"));
  EXPECT_THAT(told[0], HasSubstr("memory"));
  EXPECT_FALSE(std::filesystem::exists(folder / "r.sqlite-wal"));
  EXPECT_EQ(journal_of(file), "delete");
  EXPECT_EQ(ResultStore::open(file, on_disk("nfs", told)).experiments().size(), 1u);
  EXPECT_EQ(told.size(), 1u);
}

TEST(NetworkDisk, ALogThatIsThereIsSettled) {
  const nmsw::testing::TemporaryFolder folder;
  const std::filesystem::path file = folder / "r.sqlite";
  std::vector<std::string> told;
  ResultStore::open(file, on_disk("", told)).add_experiment("demo", "text", "sha");
  EXPECT_EQ(journal_of(file), "wal");
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(ResultStore::open(file, on_disk("lustre", told)).experiments().size(), 1u);
  EXPECT_EQ(journal_of(file), "delete");
  EXPECT_EQ(told.size(), 1u);
}

}  // namespace
}  // namespace nmsw::results
