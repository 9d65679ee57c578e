#include "runners/slurm/job_arrays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "runners/slurm/job_script.h"
#include "runners/slurm/slurm_options.h"
#include "runners/slurm/submit.h"

namespace nmsw::runners {
namespace {

using results::TaskRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Trainings t0, t1, … and evaluations e0, e1, … of each.
std::vector<TaskRecord> grid(int trainings, int evaluations) {
  std::vector<TaskRecord> tasks;
  for (int t = 0; t < trainings; ++t) {
    TaskRecord training;
    training.key = "t" + std::to_string(t);
    training.kind = "train";
    training.predicted_s = 10;
    tasks.push_back(training);
    for (int e = 0; e < evaluations; ++e) {
      TaskRecord evaluation;
      evaluation.key = training.key + "e" + std::to_string(e);
      evaluation.kind = "evaluate";
      evaluation.predicted_s = e;
      evaluation.depends_on = {training.key};
      tasks.push_back(evaluation);
    }
  }
  return tasks;
}

std::vector<const TaskRecord*> pointers(const std::vector<TaskRecord>& tasks) {
  std::vector<const TaskRecord*> list;
  for (const TaskRecord& task : tasks) list.push_back(&task);
  return list;
}

Needs nothing(const TaskRecord&) { return {}; }

/// Whatever the grouping: every task once, in an array after those of what it depends on, and the
/// array waits for each of them.
void expect_sound(const std::vector<JobArray>& arrays, const std::vector<TaskRecord>& tasks,
                  int64_t max_size) {
  std::map<std::string, std::pair<size_t, int64_t>> places;
  size_t count = 0;
  for (size_t i = 0; i < arrays.size(); ++i) {
    ASSERT_FALSE(arrays[i].tasks.empty());
    EXPECT_LE(static_cast<int64_t>(arrays[i].tasks.size()), max_size);
    for (size_t k = 0; k < arrays[i].tasks.size(); ++k, ++count)
      places[arrays[i].tasks[k]->key] = {i, static_cast<int64_t>(k)};
  }
  EXPECT_EQ(count, tasks.size());
  ASSERT_EQ(places.size(), tasks.size());
  // Which arrays have ended for certain before one begins: also through others in between.
  std::vector<std::set<size_t>> before(arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    for (const ArrayElement& element : arrays[i].after) {
      ASSERT_LT(element.array, i) << "sbatch needs the id of what comes before";
      if (element.element >= 0) continue;
      before[i].insert(element.array);
      before[i].insert(before[element.array].begin(), before[element.array].end());
    }
  }
  for (const TaskRecord& task : tasks) {
    const JobArray& array = arrays[places[task.key].first];
    for (const std::string& need : task.depends_on) {
      const auto [index, element] = places[need];
      const size_t wanted = index;
      const int64_t wanted_element = element;
      const bool one =
          std::any_of(array.after.begin(), array.after.end(), [&](const ArrayElement& after) {
            return after.array == wanted && after.element == wanted_element;
          });
      EXPECT_TRUE(one || before[places[task.key].first].count(wanted) > 0)
          << task.key << " does not wait for " << need;
    }
  }
}

TEST(SlurmArrays, AnEvaluationWaitsForItsOwnTraining) {
  const std::vector<TaskRecord> tasks = grid(3, 4);
  const std::vector<JobArray> arrays = job_arrays(pointers(tasks), {}, nothing, {});
  expect_sound(arrays, tasks, 1001);
  ASSERT_EQ(arrays.size(), 4u);
  EXPECT_EQ(arrays[0].tasks.size(), 3u);
  EXPECT_TRUE(arrays[0].after.empty());
  ASSERT_EQ(arrays[2].after.size(), 1u);
  EXPECT_EQ(arrays[2].after[0].element, 1);
  EXPECT_EQ(arrays[1].tasks.front()->key, "t0e3") << "the longest comes first";
}

TEST(SlurmArrays, AreSplitAtTheLargestSize) {
  const std::vector<TaskRecord> tasks = grid(70, 20);
  ArrayLimits limits;
  limits.max_size = 25;
  const std::vector<JobArray> arrays = job_arrays(pointers(tasks), {}, nothing, limits);
  expect_sound(arrays, tasks, 25);
  EXPECT_EQ(arrays.size(), 3u + 56u) << "70 trainings and 1400 evaluations in arrays of 25";
}

TEST(SlurmArrays, TasksOfOtherNeedsAreApart) {
  const std::vector<TaskRecord> tasks = grid(1, 6);
  const auto needs = [](const TaskRecord& task) {
    return Needs{task.predicted_s >= 3, int64_t{1} << 30, 60};
  };
  const std::vector<JobArray> arrays = job_arrays(pointers(tasks), {}, needs, {});
  expect_sound(arrays, tasks, 1001);
  ASSERT_EQ(arrays.size(), 3u);
  EXPECT_NE(arrays[1].needs.gpu, arrays[2].needs.gpu);
}

TEST(SlurmArrays, WhatIsInTheQueueAlreadyIsWaitedFor) {
  std::vector<TaskRecord> tasks = grid(2, 2);
  const std::map<std::string, std::string> active{{"t0", "77_3"}};
  tasks.erase(tasks.begin());
  const std::vector<JobArray> arrays = job_arrays(pointers(tasks), active, nothing, {});
  ASSERT_EQ(arrays.size(), 3u);
  EXPECT_THAT(arrays[0].after_jobs, ElementsAre("77_3")) << "t0's evaluations";
  EXPECT_EQ(arrays[1].tasks.front()->key, "t1");
  EXPECT_TRUE(arrays[2].after_jobs.empty());
}

/// Of the arrays that no dependency keeps apart, the limits must add up to no more than the bound.
TEST(SlurmArrays, NoMoreThanTheLimitRunAtOnce) {
  const std::vector<TaskRecord> tasks = grid(30, 3);
  for (const int64_t most : {1, 2, 3, 7, 50}) {
    ArrayLimits limits;
    limits.max_size = 8;
    limits.max_parallel = most;
    const std::vector<JobArray> arrays = job_arrays(pointers(tasks), {}, nothing, limits);
    expect_sound(arrays, tasks, 8);
    std::vector<std::set<size_t>> before(arrays.size());
    for (size_t i = 0; i < arrays.size(); ++i) {
      for (const ArrayElement& element : arrays[i].after) {
        before[i].insert(element.array);
        before[i].insert(before[element.array].begin(), before[element.array].end());
      }
    }
    // The arrays that may run beside one: lanes are chains, so the largest set is one of each.
    for (size_t i = 0; i < arrays.size(); ++i) {
      std::vector<size_t> together{i};
      int64_t sum = arrays[i].parallel;
      for (size_t k = 0; k < arrays.size(); ++k) {
        const bool beside = std::all_of(together.begin(), together.end(), [&](size_t other) {
          return other != k && before[k].count(other) == 0 && before[other].count(k) == 0;
        });
        if (!beside) continue;
        together.push_back(k);
        sum += arrays[k].parallel;
      }
      EXPECT_LE(sum, most);
      EXPECT_GE(arrays[i].parallel, 1);
    }
  }
}

TEST(SlurmArrays, MoreMemoryAndTimeAfterTheyRanOut) {
  TaskRecord task;
  task.kind = "evaluate";
  task.predicted_s = 60;
  task.predicted_peak_bytes = 1e9;
  const SlurmOptions options = *parse_slurm_options({"e.yaml"});
  const Needs first = needs_of(task, options, {});
  EXPECT_EQ(first.memory_bytes, int64_t{4} << 30) << "1.3 GB and a GiB lie between 2 and 4 GiB";
  EXPECT_EQ(first.time_s, 1800);
  History history;
  history.out_of_memory = 1;
  history.timeouts = 2;
  EXPECT_EQ(needs_of(task, options, history).memory_bytes, int64_t{8} << 30);
  EXPECT_EQ(needs_of(task, options, history).time_s, 4 * 1800);
  const SlurmOptions given = *parse_slurm_options({"e.yaml", "--mem", "3G", "--time", "10"});
  EXPECT_EQ(needs_of(task, given, history).memory_bytes, int64_t{6} << 30);
  EXPECT_EQ(needs_of(task, given, {}).time_s, 600);
}

TEST(SlurmScript, SaysWhatSbatchMustKnow) {
  const SlurmOptions options = *parse_slurm_options(
      {"e.yaml", "--partition", "gpu", "--gres", "gpu:1", "--cpus", "4", "--setup",
       "module load cuda", "--save-time", "90s", "--", "--account=lab"});
  EXPECT_THAT(options.sbatch, ElementsAre("--account=lab"));
  TaskRecord task;
  JobArray array;
  array.needs = {true, int64_t{2} << 30, 7200};
  array.tasks = {&task, &task, &task};
  array.parallel = 2;
  ScriptSetting setting{"/opt/my programs/nmsw", "/home/me", "/s/1", "word", {"n3", "n7"}};
  const std::string script = array_script(options, setting, array, 2);
  for (const char* line :
       {"#!/bin/bash\n", "#SBATCH --array=0-2%2\n", "#SBATCH --output=/s/1/logs/%A_%a.log\n",
        "#SBATCH --open-mode=append\n", "#SBATCH --requeue\n", "#SBATCH --signal=B:USR2@90\n",
        "#SBATCH --partition=gpu\n", "#SBATCH --gres=gpu:1\n", "#SBATCH --time=02:00:00\n",
        "#SBATCH --mem=2048M\n", "#SBATCH --cpus-per-task=4\n", "#SBATCH --exclude=n3,n7\n",
        "\nmodule load cuda\n", "\nexec '/opt/my programs/nmsw' slurm-task /s/1 array_2.tasks\n"})
    EXPECT_THAT(script, HasSubstr(line));
  array.needs = {};
  EXPECT_EQ(array_script(options, setting, array, 2).find("--gres"), std::string::npos);
  EXPECT_THAT(merge_script(options, setting), HasSubstr("slurm-merge /s/1\n"));
}

TEST(SlurmScript, WordsOfTheShell) {
  EXPECT_EQ(shell_word("a/b-1.c=2%3"), "a/b-1.c=2%3");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
}

}  // namespace
}  // namespace nmsw::runners
