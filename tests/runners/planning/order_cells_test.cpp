#include "runners/planning/cells/order_cells.h"

#include <algorithm>
#include <map>
#include <set>

#include "runners/planning/tasks/task_specs.h"
#include "tests/runners/planning/experiment_text.h"

namespace nmsw::runners {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAreArray;

/// NMSW with and without class weights, and a method that has no order.
std::string with_orders(const std::string& orders, const std::string& methods = "",
                        const std::string& more = "") {
  return "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
         "methods: [sliding_window, {nmsw: {k: [1, 5]}}, {nmsw: {k: [1, 5], class_weight: off}}" +
         methods + "]\nevaluation: {" + orders + "}\n" + more;
}

std::vector<results::TaskRecord> nmsw_evaluations(const Plan& plan) {
  std::vector<results::TaskRecord> found;
  for (const results::TaskRecord& task : tasks_of(plan, "evaluate")) {
    if (task.method == "nmsw") found.push_back(task);
  }
  return found;
}

std::vector<std::string> variants_of(const std::string& text) {
  std::vector<std::string> variants;
  for (const results::TaskRecord& task : nmsw_evaluations(plan_of(text)))
    variants.push_back(task.class_weight + " " + task.k + " " + task.variant);
  return variants;
}

EvaluationConfig evaluation_of(const results::TaskRecord& task) {
  return read_config<EvaluateSpec>(ConfigNode::parse(task.config_json, task.key)).evaluation;
}

TEST(OrderCells, AddAnEvaluationAnOrderToWhatHasClassWeights) {
  EXPECT_THAT(variants_of(with_orders("orders: [foreground, oracle]")),
              ElementsAre("on 1,5 ", "off 1,5 ", "on 1,5 order=foreground", "on 1,5 order=oracle"));
  EXPECT_THAT(variants_of(with_orders("orders: entropy")),
              ElementsAre("on 1,5 ", "off 1,5 ", "on 1,5 order=entropy"));
}

TEST(OrderCells, LeaveOutAllPatchesWhereNoOrderMatters) {
  const std::string head =
      "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
      "evaluation: {orders: [entropy]}\n";
  EXPECT_THAT(variants_of(head + "methods: {nmsw: {k: [1, 5, full]}}\n"),
              ElementsAre("on 1,5,full ", "on 1,5 order=entropy"));
  EXPECT_THAT(variants_of(head + "methods: {nmsw: {k: full}}\n"),
              ElementsAre("on full ", "on full order=entropy"));
}

TEST(OrderCells, MultiplyTheListsOfCoverage) {
  const auto tasks = nmsw_evaluations(plan_of(
      with_orders("orders: [{coverage: {gain: [foreground, entropy], discount: [0, 0.5]}}]")));
  ASSERT_EQ(tasks.size(), 2U + 4U);
  std::map<std::string, std::pair<PatchGain, double>> found;
  for (size_t i = 2; i < tasks.size(); ++i) {
    const EvaluationConfig evaluation = evaluation_of(tasks[i]);
    EXPECT_EQ(evaluation.order, PatchOrder::coverage);
    found[tasks[i].variant] = {evaluation.gain, evaluation.discount};
  }
  const std::map<std::string, std::pair<PatchGain, double>> wanted{
      {"order=coverage,gain=foreground,discount=0", {PatchGain::foreground, 0}},
      {"order=coverage,gain=foreground,discount=0.5", {PatchGain::foreground, 0.5}},
      {"order=coverage,gain=entropy,discount=0", {PatchGain::entropy, 0}},
      {"order=coverage,gain=entropy,discount=0.5", {PatchGain::entropy, 0.5}}};
  EXPECT_EQ(found, wanted);
}

TEST(OrderCells, RepeatWhatIsDrawnAtRandom) {
  EXPECT_THAT(variants_of(with_orders("orders: [initial_scores, foreground], order_draws: 2")),
              ElementsAre("on 1,5 ", "off 1,5 ", "on 1,5 order=initial_scores,draw=0",
                          "on 1,5 order=initial_scores,draw=1", "on 1,5 order=foreground"));
  EXPECT_EQ(variants_of(with_orders("orders: [random_foreground]")).size(), 2U + 5U)
      << "five draws where nothing is said";
  const auto once =
      nmsw_evaluations(plan_of(with_orders("orders: [random_foreground], order_draws: 1")));
  ASSERT_EQ(once.size(), 3U);
  EXPECT_EQ(once[2].variant, "order=random_foreground");
  std::set<int64_t> draws;
  for (const auto& task : nmsw_evaluations(plan_of(with_orders("orders: random_foreground")))) {
    if (!task.variant.empty()) draws.insert(evaluation_of(task).draw);
  }
  EXPECT_THAT(draws, ElementsAre(0, 1, 2, 3, 4));
}

TEST(OrderCells, TakeTheTrainingsThatThereAre) {
  const Plan plain = plan_of(with_orders(""));
  const Plan more = plan_of(with_orders("orders: [foreground, random_foreground, oracle]"));
  EXPECT_EQ(tasks_of(more, "train").size(), tasks_of(plain, "train").size());
  const auto tasks = nmsw_evaluations(more);
  for (const results::TaskRecord& task : tasks) {
    if (task.class_weight == "on") {
      EXPECT_EQ(task.depends_on, tasks.front().depends_on);
    }
  }
}

TEST(OrderCells, ChangeNoKeyOfTheGrid) {
  for (const char* more : {"orders: [foreground, coverage]", "order_draws: 3", "orders: []"}) {
    const std::vector<std::string> keys = keys_of(plan_of(with_orders(more)));
    for (const std::string& key : keys_of(plan_of(with_orders(""))))
      EXPECT_EQ(std::count(keys.begin(), keys.end(), key), 1) << more;
  }
  EXPECT_EQ(keys_of(plan_of(with_orders("orders: [scores]"))), keys_of(plan_of(with_orders(""))));
  const auto three = keys_of(plan_of(with_orders("orders: random_foreground, order_draws: 3")));
  const auto two = keys_of(plan_of(with_orders("orders: random_foreground, order_draws: 2")));
  ASSERT_EQ(three.size(), two.size() + 1);
  EXPECT_TRUE(std::equal(two.begin(), two.end(), three.begin()))
      << "more draws leave those that there are";
}

TEST(OrderCells, MergeWithCellsThatTheGridNames) {
  EXPECT_THAT(variants_of(with_orders("orders: [random_foreground, {coverage: {gain: entropy}}], "
                                      "order_draws: 2",
                                      ", {nmsw: {k: [5, 30], order: [random_foreground]}}"
                                      ", {nmsw: {order: [coverage], k: 1, gain: entropy}}")),
              ElementsAre("on 1,5 ", "off 1,5 ", "on 1,5,30 order=random_foreground",
                          "on 1,5 order=coverage", "on 1,5 order=random_foreground,draw=1"));
}

TEST(OrderCells, NameTheOrderOfACellThatNamesItsOwn) {
  const std::string head =
      "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
      "evaluation: {orders: [entropy]}\n";
  EXPECT_THAT(
      variants_of(head + "methods: {nmsw: {k: 1, estimator: [paper, authors], order: [scores]}}\n"),
      ElementsAre("on 1 estimator=paper,order=scores", "on 1 estimator=authors,order=scores",
                  "on 1 estimator=paper,order=entropy", "on 1 estimator=authors,order=entropy"));
  EXPECT_THAT(variants_of(head + "preset: [paper, authors]\nmethods: {nmsw: {k: 1, aggregation: "
                                 "class_weight}}\n"),
              ElementsAre("on 1 ", "on 1 order=entropy", "on 1 preset=authors",
                          "on 1 preset=authors,order=entropy"));
}

TEST(OrderCells, LeaveOtherOrdersAndExcludedCellsAlone) {
  EXPECT_THAT(variants_of(with_orders("orders: [foreground], order: entropy")),
              ElementsAre("on 1,5 ", "off 1,5 "));
  EXPECT_THAT(plan_of(with_orders("orders: [foreground], order: entropy")).notes,
              ::testing::Contains(HasSubstr("evaluation.orders adds nothing")));
  EXPECT_THAT(variants_of(with_orders("orders: [foreground]", "",
                                      "seeds: [0, 1]\nexclude: [{method: nmsw, seed: 1}, "
                                      "{method: nmsw, k: 1}]\n")),
              ElementsAre("on 5 ", "off 5 ", "on 5 order=foreground"));
}

TEST(OrderCells, ChargeAnOracleForEveryPatch) {
  std::map<std::string, results::TaskRecord> tasks;
  const Plan plan = plan_of(with_orders("orders: [foreground, oracle]"));
  for (const results::TaskRecord& task : nmsw_evaluations(plan)) tasks[task.variant] = task;
  const auto full =
      nmsw_evaluations(plan_of(with_orders("", ", {nmsw: {k: full, order: [entropy]}}")));
  EXPECT_EQ(tasks["order=foreground"].predicted_s, tasks[""].predicted_s);
  EXPECT_GT(tasks["order=oracle"].predicted_s, tasks[""].predicted_s);
  EXPECT_EQ(tasks["order=oracle"].predicted_s, full.back().predicted_s);
  EXPECT_EQ(tasks["order=oracle"].macs_paper, tasks[""].macs_paper)
      << "a pass over its choice costs what any choice does";
  EXPECT_EQ(plan.patches.at(tasks["order=oracle"].key), 5);
}

TEST(OrderCells, RefuseWhatIsNoOrder) {
  const auto fault = [](const std::string& orders) { return fault_of(with_orders(orders)); };
  EXPECT_THAT(fault("orders: [entropie]"), AllOf(StartsWith("file.yaml:6:23: evaluation.orders[0]"),
                                                 HasSubstr("did you mean 'entropy'?")));
  EXPECT_THAT(fault("orders: [foreground, {coverage: {gian: entropy}}]"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("evaluation.orders[1].coverage.gian"),
                    HasSubstr("did you mean 'gain'?")));
  EXPECT_THAT(fault("orders: [{coverage: {gain: [entropy, mass]}}]"),
              AllOf(HasSubstr("gain[1]"), HasSubstr("foreground, entropy, classes, scores")));
  EXPECT_THAT(fault("orders: [{coverage: {discount: [0, 1.5]}}]"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("discount[1]"), HasSubstr("0..1")));
  EXPECT_THAT(fault("orders: [{coverage: {gain: []}}]"), HasSubstr("is empty"));
  EXPECT_THAT(fault("orders: [{foreground: {gain: entropy}}]"), HasSubstr("takes no 'gain'"));
  EXPECT_THAT(fault("orders: [{random_foreground: {draw: [0, 1]}}]"),
              AllOf(HasSubstr("takes no 'draw'"), HasSubstr("evaluation.order_draws")));
  EXPECT_THAT(fault("orders: [coverage, {coverage: {discount: [0.5, 0]}}]"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("is given twice")));
  EXPECT_THAT(fault("order_draws: 0"), HasSubstr("must lie in 1..1000"));
  EXPECT_THAT(fault_of(table_experiment("dataset_settings: {word: {evaluation: {orders: []}}}\n")),
              HasSubstr("is not a known key"));
}

TEST(OrderCells, KeepToTheSizeOfAGrid) {
  EXPECT_THAT(fault_of(with_orders("orders: [random_foreground], order_draws: 1000", "",
                                   "seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n")),
              AllOf(HasSubstr("10030 cells, at most 10000"), HasSubstr("evaluation.order_draws")));
}

}  // namespace
}  // namespace nmsw::runners
