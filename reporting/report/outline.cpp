#include "reporting/report/outline.h"

#include <algorithm>

#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/report/catalog.h"

namespace nmsw::reporting {
namespace {

/// The section after which the paper's stand where own data come first.
constexpr const char* kLastOfOwnData = "classes";

std::vector<SectionEntry> entries_for(const Subject& subject) {
  std::vector<SectionEntry> own, paper;
  for (const SectionEntry& entry : section_catalog()) {
    if (!entry.is_about_paper || subject.own_datasets.empty()) {
      own.push_back(entry);
    } else if (subject.has_paper) {
      paper.push_back(entry);
    }
  }
  const auto last = std::find_if(own.begin(), own.end(), [](const SectionEntry& entry) {
    return entry.name == kLastOfOwnData;
  });
  if (!paper.empty()) own.insert(last + 1, paper.begin(), paper.end());
  return own;
}

bool is_empty(const Section& section) {
  return section.tables.empty() && section.figures.empty() && section.paragraphs.empty();
}

}  // namespace

Subject subject_of(const SectionInput& input) {
  Subject subject;
  bool has_rows = false, has_paper = false;
  for (const std::string& experiment : input.experiments) {
    for (const std::string& dataset : datasets_of(read_comparison(input.store, experiment))) {
      has_rows = true;
      if (is_paper_dataset(dataset) ||
          data_source(input.store, experiment, dataset) == DataSource::phantom) {
        has_paper = true;
      } else if (std::find(subject.own_datasets.begin(), subject.own_datasets.end(), dataset) ==
                 subject.own_datasets.end()) {
        subject.own_datasets.push_back(dataset);
      }
    }
  }
  std::sort(subject.own_datasets.begin(), subject.own_datasets.end(), dataset_before);
  subject.has_paper = has_paper || !has_rows;
  return subject;
}

std::vector<Section> outline(const SectionInput& input, const Subject& subject) {
  std::vector<Section> sections;
  Section rest;
  rest.id = "not-here";
  rest.title = "Not in this database";
  for (const SectionEntry& entry : entries_for(subject)) {
    Section section = entry.build(input);
    if (is_empty(section)) {
      rest.paragraphs.push_back(section.title + ": " + section.empty_message);
    } else {
      sections.push_back(std::move(section));
    }
  }
  if (!rest.paragraphs.empty()) sections.push_back(std::move(rest));
  return sections;
}

void drop_paper_values(Section& section) {
  for (Table& table : section.tables) {
    for (Column& column : table.columns) column.has_reference = false;
    table.notes.erase(
        std::remove_if(table.notes.begin(), table.notes.end(),
                       [](const std::string& note) { return note.rfind("The paper's", 0) == 0; }),
        table.notes.end());
  }
  for (Figure& figure : section.figures) {
    for (Panel& panel : figure.panels) {
      panel.series.erase(std::remove_if(panel.series.begin(), panel.series.end(),
                                        [](const Series& series) {
                                          return series.name.find("(paper)") != std::string::npos;
                                        }),
                         panel.series.end());
    }
  }
}

}  // namespace nmsw::reporting
