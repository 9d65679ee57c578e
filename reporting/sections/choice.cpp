#include "reporting/claims/choice.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/patch_order.h"
#include "reporting/sections/choice_table.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

std::string kind_words(DataSource source) {
  switch (source) {
    case DataSource::phantom:
      return "phantoms";
    case DataSource::real:
      return "real cases";
    case DataSource::unknown:
      break;
  }
  return "cases of unknown kind";
}

std::string backbone_words(const std::string& backbone) {
  return backbone.empty() ? "all backbones" : backbone_label(backbone);
}

std::vector<Column> verdict_columns() {
  const std::vector<std::pair<const char*, const char*>> titles{{"data", "Data"},
                                                                {"backbone", "Backbone"},
                                                                {"other", "Learned order against"},
                                                                {"k", "k"},
                                                                {"dsc", "Δ DSC"},
                                                                {"low", "from"},
                                                                {"high", "to"},
                                                                {"count", "Cases, seeds"},
                                                                {"verdict", "Verdict"},
                                                                {"remark", "What else"}};
  std::vector<Column> columns;
  for (const auto& [name, title] : titles) {
    Column column;
    column.name = name;
    column.title = title;
    column.is_key = columns.size() < 4 || columns.size() >= 7;
    column.is_prose = columns.size() >= 7;
    if (name == std::string("low") || name == std::string("high")) column.group = "95 % interval";
    columns.push_back(column);
  }
  return columns;
}

Row verdict_row(const ChoiceVerdict& verdict) {
  const Judgement& judgement = verdict.judgement;
  Row row;
  row.cells = {text_cell(kind_words(verdict.source)), text_cell(backbone_words(verdict.backbone)),
               text_cell(order_label(verdict.other)), text_cell(verdict.k)};
  if (judgement.measured) {
    for (const double value :
         {judgement.measured->mean, judgement.measured->low, judgement.measured->high})
      row.cells.push_back(number_cell(value));
  } else {
    row.cells.resize(row.cells.size() + 3);
  }
  const bool is_scoped = judgement.verdict != Verdict::no_data && !judgement.scope.empty();
  Cell said = text_cell(verdict_text(judgement.verdict) +
                        (is_scoped ? ", " + judgement.scope : std::string()));
  said.verdict = judgement.verdict;
  row.cells.push_back(text_cell(judgement.count.empty() ? "—" : judgement.count));
  row.cells.push_back(std::move(said));
  row.cells.push_back(text_cell(
      judgement.to_decide + (judgement.to_decide.empty() || judgement.remark.empty() ? "" : "; ") +
      judgement.remark));
  return row;
}

bool is_next_line(const ChoiceVerdict& before, const ChoiceVerdict& verdict) {
  return before.source == verdict.source && before.backbone == verdict.backbone;
}

Table verdict_table(const std::vector<ChoiceVerdict>& verdicts, const std::string& experiment,
                    const SectionInput& input) {
  Table table{id_for("choice_verdicts", experiment, input),
              "Does the learned order beat the others?" + title_suffix(experiment, input),
              verdict_columns(),
              {},
              data_notes(input.store, read_comparison(input.store, experiment))};
  for (size_t i = 0; i < verdicts.size(); ++i) {
    table.rows.push_back(verdict_row(verdicts[i]));
    table.rows.back().starts_block = i == 0 || !is_next_line(verdicts[i - 1], verdicts[i]) ||
                                     !same_order(verdicts[i - 1].other, verdicts[i].other);
  }
  table.notes.emplace_back(
      "Δ DSC: learned order minus the other on the same trained networks; a value is a test case, "
      "its mean over classes averaged over draws, then seeds, then backbones; the mean over data "
      "sets of the mean over cases with its 95 % interval. Holds: the whole interval is above 0; "
      "does not hold: all of it is at or below 0; undecided otherwise. With a cell missing, or "
      "fewer than 6 cases in a data set, there are not enough data. Phantoms and real cases are "
      "judged apart.");
  table.notes.emplace_back(
      "Each line is judged alone: where no order is better, about one line in 40 holds by chance.");
  return table;
}

/// "at k = 1, 3: holds; at k = 30: undecided", in the order in which the verdicts first appear.
std::string verdicts_by_k(const std::vector<const ChoiceVerdict*>& verdicts) {
  std::vector<std::pair<Verdict, std::string>> groups;
  for (const ChoiceVerdict* one : verdicts) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group.first == one->judgement.verdict;
    });
    if (same == groups.end()) {
      groups.emplace_back(one->judgement.verdict, one->k);
    } else {
      same->second += ", " + one->k;
    }
  }
  std::string text;
  for (const auto& [verdict, counts] : groups)
    text += fmt::format("{}at k = {}: {}", text.empty() ? "" : "; ", counts, verdict_text(verdict));
  return text;
}

/// One paragraph for each kind of data and backbone, one sentence for each other order.
std::vector<std::string> verdict_paragraphs(const std::vector<ChoiceVerdict>& verdicts,
                                            const std::string& suffix) {
  std::vector<std::string> paragraphs;
  for (size_t i = 0; i < verdicts.size();) {
    const ChoiceVerdict& first = verdicts[i];
    std::string text = fmt::format("On {}, {}{}:", kind_words(first.source),
                                   backbone_words(first.backbone), suffix);
    std::string subject = " the learned order";
    while (i < verdicts.size() && is_next_line(first, verdicts[i])) {
      std::vector<const ChoiceVerdict*> of_order;
      const OrderSettings other = verdicts[i].other;
      for (; i < verdicts.size() && is_next_line(first, verdicts[i]) &&
             same_order(verdicts[i].other, other);
           ++i)
        of_order.push_back(&verdicts[i]);
      text += fmt::format("{} beats {} {}.", subject, order_label(other), verdicts_by_k(of_order));
      subject = " It";
    }
    paragraphs.push_back(std::move(text));
  }
  return paragraphs;
}

std::string orders_paragraph(const ClaimInput& claims, const std::vector<std::string>& datasets) {
  std::map<std::string, OrderSettings> seen;
  std::vector<OrderSettings> orders;
  for (const std::string& dataset : datasets) {
    for (const OrderSettings& order : orders_on(claims, dataset)) {
      if (seen.emplace(order_label(order), order).second) orders.push_back(order);
    }
  }
  std::sort(orders.begin(), orders.end(), order_before);
  std::string text = "The orders in which the same trained networks take their patches.";
  for (const OrderSettings& order : orders) text += " " + order_sentence(order);
  return text;
}

void add_choice(Section& section, const std::string& experiment, const SectionInput& input) {
  const ClaimInput claims = claim_input(input.store, experiment, input.scores(experiment, "dsc"));
  const std::vector<std::string> datasets = choice_datasets(claims);
  if (datasets.empty()) return;
  const std::vector<ChoiceVerdict> verdicts = judge_choice(claims);
  section.paragraphs.push_back(orders_paragraph(claims, datasets));
  for (std::string& text : verdict_paragraphs(verdicts, title_suffix(experiment, input)))
    section.paragraphs.push_back(std::move(text));
  if (!verdicts.empty()) section.tables.push_back(verdict_table(verdicts, experiment, input));
  for (const std::string& dataset : datasets) {
    Figure figure = choice_figure(claims, dataset, input);
    if (!figure.panels.empty()) section.figures.push_back(std::move(figure));
    for (const std::string& backbone : backbones_of(claims.rows)) {
      Table table = choice_table(claims, dataset, backbone, input);
      if (!table.rows.empty()) section.tables.push_back(std::move(table));
    }
  }
  section.tables.push_back(choice_reach_table(claims, input));
}

}  // namespace

Section choice_section(const SectionInput& input) {
  Section section;
  section.id = "choice";
  section.title = "Is the choice learned?";
  section.empty_message =
      "No evaluation ranks the patches of NMSW's networks by another order yet: name orders under "
      "evaluation.orders, or list them (nmsw with order: [random_foreground]), beside the plain "
      "nmsw.";
  for (const std::string& experiment : input.experiments) add_choice(section, experiment, input);
  return section;
}

}  // namespace nmsw::reporting
