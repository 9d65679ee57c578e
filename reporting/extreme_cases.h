#pragma once

#include <string>
#include <vector>

#include "reporting/labels.h"
#include "results/store.h"

namespace nmsw::reporting {

/// The test case in which a method is worst, and the one in which it is best: mean DSC over classes,
/// seeds and folds.
struct ExtremeCases {
  std::string experiment, dataset, backbone;
  MethodKey key;
  int64_t cases = 0;
  std::string worst_id, best_id;
  double worst_dsc = 0, best_dsc = 0;
};

/// Of every plain row (no variant) with its largest k, in the paper's order. Of equal cases the
/// first by name counts.
std::vector<ExtremeCases> extreme_cases(const results::ResultStore& store,
                                        const std::vector<std::string>& experiments);

/// A case of a backbone, which gets one page for all methods.
struct ShownCase {
  std::string experiment, dataset, backbone, case_id;
};

/// Of each experiment, data set and backbone at most `count`: every method's worst case first, then
/// every method's best.
std::vector<ShownCase> shown_cases(const std::vector<ExtremeCases>& extremes, size_t count);

/// File name of its page; no two cases share one.
std::string case_page_name(const ShownCase& shown);

}  // namespace nmsw::reporting
