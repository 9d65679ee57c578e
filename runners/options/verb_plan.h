#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "runners/planning/plan/plan.h"

namespace nmsw::runners {

/// An experiment as a verb is given it. `cache`: folder of prepared cases, beside which the digests
/// of the data's files are kept.
struct PlanRequest {
  std::filesystem::path experiment;
  std::vector<std::string> set;
  OnlyFilter only;
  std::string device = "auto";
  std::filesystem::path cache;
};

/// Plans for a machine, this one by default; what takes long is said on stderr. Throws what
/// `load_experiment` and `make_plan` throw.
Plan plan_for_verb(const PlanRequest& request, PlanOptions machine = plan_options_of_machine());

/// The file of a cache folder in which the digests of data files are kept.
std::filesystem::path digests_file(const std::filesystem::path& cache);

/// "note: …" on stderr, and in the log of the task that runs (task_log.h).
void tell_on_stderr(const std::string& note);

/// Which data each data set took and what was left out, a line each that begins with "note: ".
void print_notes(std::ostream& out, const Plan& plan);

}  // namespace nmsw::runners
