#include "runners/slurm/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "runners/slurm/cluster_status.h"
#include "runners/slurm/slurm_program.h"
#include "runners/slurm/submission.h"

namespace nmsw::runners {
namespace {

using ::testing::ElementsAre;

TEST(SlurmQueue, ListsOfIndices) {
  EXPECT_THAT(array_indices("4"), ElementsAre(4));
  EXPECT_THAT(array_indices("0-3,7,10-20:5%4"), ElementsAre(0, 1, 2, 3, 7, 10, 15, 20));
  for (const char* wrong : {"a", "3-1", "1-", "1-9:0", "0-99999999999", "1,,2"})
    EXPECT_THROW(array_indices(wrong), DataError) << wrong;
}

TEST(SlurmQueue, WhatSqueuePrints) {
  const std::vector<QueuedTask> tasks = parse_queue(
      "12|3-4%2|PENDING|Dependency|\n12|0|RUNNING|None|n1\n13|N/A|PENDING|Resources|\nslurm: a "
      "word\n\n12|1|COMPLETED|None|n2\n");
  ASSERT_EQ(tasks.size(), 5u);
  EXPECT_EQ(tasks[0].job, "12");
  EXPECT_EQ(tasks[0].index, 3);
  EXPECT_EQ(tasks[1].index, 4);
  EXPECT_EQ(tasks[2].node, "n1");
  EXPECT_EQ(tasks[3].index, -1);
  EXPECT_TRUE(is_active(tasks[0]) && is_active(tasks[2]));
  EXPECT_FALSE(is_active(tasks[4]));
  EXPECT_EQ(queue_text(tasks), "1 running (n1), 3 pending (2 Dependency, 1 Resources)");
}

TEST(SlurmQueue, TheLargestArray) {
  EXPECT_EQ(parse_max_array_size("MaxArraySize            = 501\nMaxJobCount = 10000\n"), 501);
  EXPECT_EQ(parse_max_array_size("nothing"), 1001);
}

TEST(SlurmQueue, Durations) {
  EXPECT_EQ(parse_slurm_time("30"), 1800);
  EXPECT_EQ(parse_slurm_time("30:15"), 1815);
  EXPECT_EQ(parse_slurm_time("4:00:00"), 14400);
  EXPECT_EQ(parse_slurm_time("2-0"), 172800);
  EXPECT_EQ(parse_slurm_time("1-12:30"), 86400 + 45000);
  EXPECT_EQ(parse_slurm_time("1-2:03:04"), 86400 + 7200 + 184);
  for (const char* wrong : {"", "4h", "1:2:3:4", "-1", "1:", "x-3"})
    EXPECT_THROW(parse_slurm_time(wrong), ConfigError) << wrong;
  EXPECT_EQ(slurm_time(61), "00:02:00");
  EXPECT_EQ(slurm_time(86400 + 7200), "1-02:00:00");
  for (const int64_t seconds : {60, 3600, 86340, 86400, 1000020})
    EXPECT_EQ(parse_slurm_time(slurm_time(seconds)), seconds);
}

TEST(SlurmQueue, Memory) {
  EXPECT_EQ(parse_slurm_memory("500M"), int64_t{500} << 20);
  EXPECT_EQ(parse_slurm_memory("16G"), int64_t{16} << 30);
  EXPECT_EQ(parse_slurm_memory("16GB"), int64_t{16} << 30);
  EXPECT_EQ(parse_slurm_memory("2000"), int64_t{2000} << 20);
  for (const char* wrong : {"", "G", "1.5G", "0", "-3G", "much"})
    EXPECT_THROW(parse_slurm_memory(wrong), ConfigError) << wrong;
  EXPECT_EQ(slurm_memory((int64_t{2} << 30) + 1), "2049M");
}

TEST(SlurmQueue, TheIdOfAJob) {
  EXPECT_EQ(parse_job_id("123\n"), "123");
  EXPECT_EQ(parse_job_id("123;alps\n"), "123");
  EXPECT_THROW(parse_job_id("Submitted batch job 123\n"), DataError);
  EXPECT_THROW(parse_job_id(""), DataError);
}

TEST(SlurmQueue, NothingOfAJobAroundReachesTheNextOne) {
  EXPECT_THAT(
      outer_environment({"HOME=/h", "SLURM_JOB_ID=3", "SLURM_MEM_PER_NODE=9", "SLURM_CONF=/c",
                         "SLURMD_NODENAME=n1", "CUDA_VISIBLE_DEVICES=2", "SBATCH_ACCOUNT=lab"}),
      ElementsAre("HOME=/h", "SLURM_CONF=/c", "SBATCH_ACCOUNT=lab"));
  // Outside of a job the devices are the user's own choice.
  EXPECT_THAT(outer_environment({"CUDA_VISIBLE_DEVICES=2"}), ElementsAre("CUDA_VISIBLE_DEVICES=2"));
}

}  // namespace
}  // namespace nmsw::runners
