#include "runners/options/store_plan.h"

#include "nmsw/base/config_node.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/plan/key_upgrade.h"
#include "runners/planning/tasks/stored_tasks.h"

namespace nmsw::runners {

void store_plan(results::ResultStore& store, const Plan& plan,
                const std::filesystem::path& experiment, const std::filesystem::path& runs,
                const std::filesystem::path& cache) {
  datasets::FileDigests digests(digests_file(cache), tell_on_stderr);
  std::vector<std::string> planned;
  for (const results::TaskRecord& task : plan.tasks) planned.push_back(task.key);
  const int renamed = upgrade_keys(store, planned, runs, digests);
  if (renamed > 0)
    tell_on_stderr(fmt::format(
        "{} stored tasks have this version's keys now; what an older version made from files that "
        "have changed since keeps its old key and is made again",
        renamed));
  for (const std::string& note : unclaimed_notes(plan, store.tasks(plan.experiment)))
    tell_on_stderr(note);
  const std::string text = ConfigNode::load(experiment).text();
  if (plan.left_out.empty()) {
    store.add_experiment(plan.experiment, text, plan.plan_sha);
  } else {
    store.add_part_of_experiment(plan.experiment, text, {planned, plan.left_out});
  }
  store.add_tasks(plan.tasks);
}

}  // namespace nmsw::runners
