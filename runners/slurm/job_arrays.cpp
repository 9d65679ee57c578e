#include "runners/slurm/job_arrays.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace nmsw::runners {
namespace {

using results::TaskRecord;

/// Elements named one by one in a dependency; more of an array than that is named as the whole.
constexpr size_t kNamedElements = 8;

using Tasks = std::vector<const TaskRecord*>;

/// Of each task, how many tasks of the list come before it in the longest chain.
std::map<std::string, int64_t> levels_of(const Tasks& tasks) {
  std::map<std::string, int64_t> levels;
  for (const TaskRecord* task : tasks) {
    int64_t level = 0;
    for (const std::string& need : task->depends_on) {
      const auto before = levels.find(need);
      if (before != levels.end()) level = std::max(level, before->second + 1);
    }
    levels[task->key] = level;
  }
  return levels;
}

struct Group {
  Needs needs;
  int64_t level = 0;
  Tasks tasks;
};

/// In the order of their levels, then of their first tasks.
std::vector<Group> groups_of(const Tasks& tasks, const std::map<std::string, std::string>& active,
                             const std::function<Needs(const TaskRecord&)>& needs_of,
                             bool by_trainings) {
  const std::map<std::string, int64_t> levels = levels_of(tasks);
  std::map<std::tuple<int64_t, bool, int64_t, int64_t, std::string>, size_t> known;
  std::vector<Group> groups;
  for (const TaskRecord* task : tasks) {
    std::set<std::string> waits;
    for (const std::string& need : task->depends_on) {
      if (by_trainings && (levels.count(need) > 0 || active.count(need) > 0)) waits.insert(need);
    }
    std::string waited;
    for (const std::string& need : waits) waited += need + ' ';
    const Needs needs = needs_of(*task);
    const int64_t level = levels.at(task->key);
    const auto [at, added] = known.emplace(
        std::make_tuple(level, needs.gpu, needs.memory_bytes, needs.time_s, waited), groups.size());
    if (added) groups.push_back({needs, level, {}});
    groups[at->second].tasks.push_back(task);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.level < b.level; });
  return groups;
}

std::vector<JobArray> split(std::vector<Group> groups, int64_t max_size) {
  std::vector<JobArray> arrays;
  for (Group& group : groups) {
    std::stable_sort(
        group.tasks.begin(), group.tasks.end(),
        [](const TaskRecord* a, const TaskRecord* b) { return a->predicted_s > b->predicted_s; });
    for (size_t first = 0; first < group.tasks.size(); first += static_cast<size_t>(max_size)) {
      const size_t last =
          std::min(group.tasks.size(), first + static_cast<size_t>(std::max<int64_t>(1, max_size)));
      JobArray array;
      array.needs = group.needs;
      array.level = group.level;
      array.tasks.assign(group.tasks.begin() + static_cast<std::ptrdiff_t>(first),
                         group.tasks.begin() + static_cast<std::ptrdiff_t>(last));
      arrays.push_back(std::move(array));
    }
  }
  return arrays;
}

void add_dependencies(std::vector<JobArray>& arrays,
                      const std::map<std::string, std::string>& active) {
  std::map<std::string, ArrayElement> places;
  for (size_t i = 0; i < arrays.size(); ++i) {
    for (size_t k = 0; k < arrays[i].tasks.size(); ++k)
      places[arrays[i].tasks[k]->key] = {i, static_cast<int64_t>(k)};
  }
  for (JobArray& array : arrays) {
    std::map<size_t, std::set<int64_t>> elements;
    std::set<std::string> jobs;
    for (const TaskRecord* task : array.tasks) {
      for (const std::string& need : task->depends_on) {
        if (const auto place = places.find(need); place != places.end())
          elements[place->second.array].insert(place->second.element);
        if (const auto job = active.find(need); job != active.end()) jobs.insert(job->second);
      }
    }
    for (const auto& [index, wanted] : elements) {
      if (wanted.size() > kNamedElements || wanted.size() == arrays[index].tasks.size()) {
        array.after.push_back({index, -1});
        continue;
      }
      for (const int64_t element : wanted) array.after.push_back({index, element});
    }
    array.after_jobs.assign(jobs.begin(), jobs.end());
  }
}

/// No more than `most` tasks at a time: the arrays of a level share them, and where there are more
/// arrays than that some wait for others; a level waits for the one before.
void limit_parallel(std::vector<JobArray>& arrays, int64_t most) {
  std::map<int64_t, std::vector<size_t>> levels;
  for (size_t i = 0; i < arrays.size(); ++i) levels[arrays[i].level].push_back(i);
  std::vector<size_t> before;
  for (const auto& [level, members] : levels) {
    const auto lanes = std::min<size_t>(members.size(), static_cast<size_t>(most));
    for (size_t i = 0; i < members.size(); ++i) {
      JobArray& array = arrays[members[i]];
      const size_t lane = i % lanes;
      array.parallel = most / static_cast<int64_t>(lanes) +
                       (static_cast<int64_t>(lane) < most % static_cast<int64_t>(lanes) ? 1 : 0);
      array.after.clear();
      for (const size_t earlier : before) array.after.push_back({earlier, -1});
      if (i >= lanes) array.after.push_back({members[i - lanes], -1});
    }
    before = members;
  }
}

}  // namespace

std::vector<JobArray> job_arrays(const Tasks& tasks,
                                 const std::map<std::string, std::string>& active,
                                 const std::function<Needs(const TaskRecord&)>& needs_of,
                                 const ArrayLimits& limits) {
  std::vector<Group> groups = groups_of(tasks, active, needs_of, limits.max_parallel == 0);
  if (groups.size() > limits.most_arrays) groups = groups_of(tasks, active, needs_of, false);
  std::vector<JobArray> arrays = split(std::move(groups), limits.max_size);
  add_dependencies(arrays, active);
  if (limits.max_parallel > 0) limit_parallel(arrays, limits.max_parallel);
  return arrays;
}

}  // namespace nmsw::runners
