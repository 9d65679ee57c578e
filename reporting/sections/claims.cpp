#include <algorithm>

#include <fmt/format.h>

#include "reporting/claims/catalog.h"
#include "reporting/conventions.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

Column key_column_of(const std::string& name, const std::string& title, bool is_prose) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = true;
  column.is_prose = is_prose;
  return column;
}

Cell verdict_cell(Verdict verdict, const std::string& scope = "") {
  const bool is_said = verdict != Verdict::no_data && !scope.empty();
  Cell cell = text_cell(verdict_text(verdict) + (is_said ? ", " + scope : ""));
  cell.verdict = verdict;
  return cell;
}

std::string joined(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + "; " + second;
}

Row claim_row(const Claim& claim, const Judgement& judgement) {
  std::string measured =
      judgement.measured ? interval_text(claim, *judgement.measured) : std::string("—");
  if (!judgement.count.empty()) measured += " (" + judgement.count + ")";
  Row row;
  row.cells = {text_cell(std::string(claim.statement)),
               text_cell(std::string(claim.threshold_text)), text_cell(measured),
               verdict_cell(judgement.verdict, judgement.scope),
               text_cell(joined(judgement.to_decide, judgement.remark))};
  return row;
}

Row evidence_row(const Claim& claim, const Evidence& evidence) {
  const std::string dataset = evidence.dataset.empty() ? "—" : dataset_label(evidence.dataset);
  const std::string backbone = evidence.backbone.empty() ? "—" : backbone_label(evidence.backbone);
  const Interval& measured = *evidence.measured;
  const bool has_interval = !is_point(claim, measured);
  Row row;
  Cell figure = number_cell(measured.mean);
  figure.reference = evidence.paper;
  figure.is_comparable = evidence.is_comparable;
  row.cells = {text_cell(std::string(claim.name)),
               text_cell(backbone),
               text_cell(dataset),
               text_cell(evidence.what.empty() ? "—" : evidence.what),
               figure,
               number_cell(has_interval ? std::optional<double>(measured.low) : std::nullopt),
               number_cell(has_interval ? std::optional<double>(measured.high) : std::nullopt),
               number_cell(evidence.p),
               evidence.pairs == 0 ? Cell{} : text_cell(std::to_string(evidence.pairs)),
               verdict_cell(evidence.verdict),
               text_cell(evidence.remark)};
  return row;
}

Table claims_table(const std::string& experiment, const SectionInput& input) {
  Table table{
      id_for("claims", experiment, input),
      "Claims of the paper" + title_suffix(experiment, input),
      {key_column_of("claim", "Claim", true),
       key_column_of("threshold", "Holds if (the paper's figure)", true),
       key_column_of("measured", "This database", true), key_column_of("verdict", "Verdict", true),
       key_column_of("remark", "What else", true)},
      {},
      {}};
  return table;
}

Table evidence_table(const std::string& experiment, const SectionInput& input) {
  Table table{id_for("claims_cells", experiment, input),
              "What the claims rest on" + title_suffix(experiment, input),
              {key_column_of("claim", "Claim", false), key_column_of("backbone", "Backbone", false),
               key_column_of("dataset", "Dataset", false), key_column_of("what", "At", true)},
              {},
              {}};
  const std::vector<std::pair<const char*, const char*>> numbers{
      {"measured", "measured"}, {"low", "from"}, {"high", "to"}, {"p", "p"}, {"pairs", "cases"}};
  for (const auto& [name, title] : numbers) {
    Column column;
    column.name = name;
    column.title = title;
    column.has_reference = table.columns.size() == 4;
    if (table.columns.size() == 5 || table.columns.size() == 6) column.group = "95 % interval";
    if (name == std::string("p")) {
      column.digits = Digits::significant;
      column.digit_count = 2;
    }
    table.columns.push_back(column);
  }
  table.columns.push_back(key_column_of("verdict", "Verdict", false));
  table.columns.push_back(key_column_of("remark", "Remark", true));
  table.notes = {
      "Differences in DSC are the mean over test cases of the mean over classes, paired by case "
      "and "
      "seed; the paper's are differences of its printed means. MACs are the share saved in % "
      "(paper's convention), speed is a ratio.",
      "95 % interval: Student's t corrected for skewness (Hall 1992), with the noise of the "
      "training "
      "from 3 seeds on; of speed, from the medians and quartiles of the repeats, whose "
      "logarithms are taken as normal; of an organ, the bounds of its two one-sided 5 % tests. p: "
      "Wilcoxon's "
      "signed-rank test against no difference, two-sided, after Holm's correction over the claim's "
      "cells.",
      "A cell holds when its whole interval is on the right side of the threshold, and fails when "
      "all of it is on the wrong side. Cells explain a verdict; they do not make it."};
  return table;
}

const std::vector<const char*>& claim_notes() {
  static const std::vector<const char*> notes{
      "A value is a test case: the difference in its mean DSC over the classes its label has, "
      "averaged over seeds, then over backbones. What is measured is the mean over data sets of "
      "the "
      "mean over cases, with its 95 % interval (Welch and Satterthwaite's degrees of freedom, "
      "corrected for skewness). A claim holds when the whole interval is on the right side of the "
      "threshold, does not hold when all of it is on the wrong side, and is undecided otherwise. "
      "With a cell missing, or fewer than 6 cases in a data set, there are not enough data.",
      "Thresholds are the paper's own figures. With fewer than 3 seeds a verdict speaks of these "
      "trained networks, not of what another training would give.",
      "For every organ: each must pass its own one-sided 5 % test, pooled over backbones; it does "
      "not hold when some organ passes the opposite test after Holm's correction. Class weights: a "
      "value is a training.",
      "The paper is arXiv 2501.10814 v2, MICCAI 2025 paper 0413."};
  return notes;
}

void add_claims(Section& section, const std::string& experiment, const SectionInput& input) {
  const ClaimInput claims = claim_input(input.store, experiment, input.scores(experiment, "dsc"));
  Table table = claims_table(experiment, input);
  Table cells = evidence_table(experiment, input);
  for (const Claim& claim : claim_catalog()) {
    const Judgement judgement = claim.judge(claim, claims);
    table.rows.push_back(claim_row(claim, judgement));
    bool is_first = true;
    for (const Evidence& evidence : judgement.cells) {
      if (!evidence.measured) continue;
      cells.rows.push_back(evidence_row(claim, evidence));
      cells.rows.back().starts_block = is_first;
      is_first = false;
    }
  }
  table.notes = data_notes(input.store, claims.rows);
  for (const char* note : claim_notes()) table.notes.emplace_back(note);
  note_not_comparable(cells);
  section.tables.push_back(std::move(table));
  if (!cells.rows.empty()) section.tables.push_back(std::move(cells));
}

}  // namespace

Section claims_section(const SectionInput& input) {
  Section section;
  section.id = "claims";
  section.title = "Does the paper hold?";
  section.empty_message =
      "Nothing can be said yet: no evaluation is planned in this database. Run an experiment first "
      "(nmsw run EXPERIMENT.yaml).";
  for (const std::string& experiment : input.experiments) add_claims(section, experiment, input);
  return section;
}

}  // namespace nmsw::reporting
