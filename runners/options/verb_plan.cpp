#include "runners/options/verb_plan.h"

#include <iostream>

#include "runners/options/task_log.h"

namespace nmsw::runners {

Plan plan_for_verb(const PlanRequest& request, PlanOptions machine) {
  machine.device = request.device;
  machine.only = request.only;
  machine.digests = digests_file(request.cache);
  machine.tell = tell_on_stderr;
  return make_plan(load_experiment(request.experiment, request.set), machine);
}

std::filesystem::path digests_file(const std::filesystem::path& cache) {
  return cache / "digests.txt";
}

void tell_on_stderr(const std::string& note) {
  std::cerr << "note: " << note << '\n';
  write_to_current_log("note: " + note);
}

void print_notes(std::ostream& out, const Plan& plan) {
  for (const DataUse& use : plan.data) out << "note: " << data_note(use) << '\n';
  for (const std::string& note : plan.notes) out << "note: " << note << '\n';
}

}  // namespace nmsw::runners
