#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nmsw::runners {

// One function a verb, in a file of its name. It takes the words after the verb and returns the
// exit code; faults are thrown as nmsw::Error.
using Arguments = std::vector<std::string>;

int cancel_command(const Arguments& arguments);
int check_command(const Arguments& arguments);
int describe_command(const Arguments& arguments);
int doctor_command(const Arguments& arguments);
int estimators_command(const Arguments& arguments);
int bench_command(const Arguments& arguments);
int init_command(const Arguments& arguments);
int import_command(const Arguments& arguments);
int list_command(const Arguments& arguments);
int merge_command(const Arguments& arguments);
int metrics_command(const Arguments& arguments);
int phantom_command(const Arguments& arguments);
int plan_command(const Arguments& arguments);
int predict_command(const Arguments& arguments);
int profile_command(const Arguments& arguments);
int query_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int retry_command(const Arguments& arguments);
int run_command(const Arguments& arguments);
int show_command(const Arguments& arguments);
int slurm_command(const Arguments& arguments);
int slurm_merge_command(const Arguments& arguments);
int slurm_task_command(const Arguments& arguments);
int status_command(const Arguments& arguments);
int train_command(const Arguments& arguments);
int view_command(const Arguments& arguments);

struct Command {
  std::string_view verb;
  std::string_view summary;
  int (*execute)(const Arguments& arguments);
};

/// Every verb, in the order of the help.
const std::vector<Command>& command_table();

/// Replaces this program by `nmsw-tensor`, which lies beside it, with the same words: for what
/// needs LibTorch or ITK. Throws ConfigError if it is not there.
[[noreturn]] void continue_in_tensor_program(const std::string& verb, const Arguments& arguments);

}  // namespace nmsw::runners
