#include "datasets/layouts/folds.h"

#include <algorithm>
#include <map>
#include <set>

#include "datasets/layouts/drawn_order.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

/// The fold of every case, in turn along the drawn order.
std::map<std::string, int64_t> drawn_folds(const HeldOutFold& fold,
                                           const std::vector<CaseFiles>& cases) {
  std::set<std::string> ids;
  for (const CaseFiles& files : cases) ids.insert(files.case_id);
  std::map<std::string, int64_t> folds;
  int64_t place = 0;
  for (const std::string& id : drawn_order(ids, fold.seed, "fold"))
    folds[id] = place++ % fold.count;
  return folds;
}

/// Takes the test cases out; those of `validation_tests` are held-out cases, too, and come back.
int64_t take_out_tests(CaseListing& listing) {
  const bool own_tests = !listing.validation_tests;
  auto& cases = listing.cases;
  const auto first = std::stable_partition(cases.begin(), cases.end(), [](const CaseFiles& files) {
    return files.split != Split::test;
  });
  const auto tests = static_cast<int64_t>(cases.end() - first);
  cases.erase(first, cases.end());
  return own_tests ? tests : 0;
}

}  // namespace

void hold_out(const HeldOutFold& fold, const std::filesystem::path& root, CaseListing& listing) {
  if (const int64_t tests = take_out_tests(listing); tests > 0) {
    listing.remarks.push_back(fmt::format(
        "{}: its {} test cases are left aside: each case is scored by the fold that did "
        "not train on it",
        root.string(), tests));
  }
  std::vector<CaseFiles>& cases = listing.cases;
  if (!listing.folds_known) {
    const auto folds = drawn_folds(fold, cases);
    if (fold.count < 2) {
      listing.faults.push_back(fmt::format(
          "{}: {} fold leaves nothing to train on; name at least two", root.string(), fold.count));
    }
    if (static_cast<int64_t>(folds.size()) < fold.count && !cases.empty()) {
      listing.faults.push_back(
          fmt::format("{}: {} cases cannot be drawn into {} folds; lower the number of folds",
                      root.string(), folds.size(), fold.count));
    }
    if (fold.index >= fold.count) {
      listing.faults.push_back(fmt::format("{}: fold {} of {} is asked for; the first is fold 0",
                                           root.string(), fold.index, fold.count));
    }
    for (CaseFiles& files : cases) {
      files.split = folds.at(files.case_id) == fold.index ? Split::validation : Split::train;
    }
  }
  std::vector<CaseFiles> scored;
  for (const CaseFiles& files : cases) {
    if (files.split != Split::validation) continue;
    scored.push_back(files);
    scored.back().split = Split::test;
  }
  cases.insert(cases.end(), scored.begin(), scored.end());
  listing.validation_tests = true;
}

}  // namespace nmsw::datasets
