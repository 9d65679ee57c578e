#pragma once

#include <string>
#include <vector>

namespace nmsw::runners {

using Words = std::vector<std::string>;

// The verbs that need LibTorch or ITK. Each takes the words after the verb and returns the exit
// code; faults are thrown.
int run_verb(const Words& arguments);
int predict_verb(const Words& arguments);
int metrics_verb(const Words& arguments);
int profile_verb(const Words& arguments);
int bench_verb(const Words& arguments);
int import_verb(const Words& arguments);
int phantom_verb(const Words& arguments);
int check_verb(const Words& arguments);
int doctor_verb(const Words& arguments);
int estimators_verb(const Words& arguments);
int time_steps_verb(const Words& arguments);
int case_pages_verb(const Words& arguments);

/// Threads of LibTorch and OpenMP: as asked for, else OMP_NUM_THREADS, else the machine's, shared
/// by `processes`. Returns how many.
int set_threads(int64_t asked, int64_t processes = 1);

}  // namespace nmsw::runners
