#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/records.h"

namespace nmsw::results {

class Database;

/// Measured over predicted seconds of the tasks that a database has finished in one attempt each,
/// for tasks of the same kind, backbone and method or scheme; where it has none, for the same kind
/// and backbone, then for the kind, then for all; 1 where nothing is finished.
class Pace {
 public:
  static Pace of(Database& database);

  double of_task(const TaskRecord& task) const;

 private:
  struct Sums {
    double measured_s = 0, predicted_s = 0;
  };
  /// By what they share; "" is all.
  std::map<std::string, Sums> sums_;
};

/// Seconds until all of `tasks` are done, those that are running side by side. A running task's rest
/// follows from its own time and progress where it has got somewhere in its first attempt.
double time_left_s(Database& database, const std::vector<TaskState>& tasks, double now_s);

}  // namespace nmsw::results
