#include "datasets/layouts/detached_data.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "datasets/formats/openkbp_file.h"
#include "datasets/layouts/layouts.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// Headers are short; what follows is no header.
constexpr int kMostLines = 100'000;

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool ends_in(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

/// The value of the line that names the data: "ElementDataFile = a.raw", "data file: a.raw".
std::string data_named_in(const std::string& line) {
  const size_t separator = line.find_first_of("=:");
  if (separator == std::string::npos) return "";
  const std::string key = lower_case(trimmed(line.substr(0, separator)));
  const bool names_data = key == "elementdatafile" || key == "data file" || key == "datafile";
  return names_data ? trimmed(line.substr(separator + 1)) : "";
}

/// "slice%03d.raw 1 10 1" stands for every file of the folder that begins and ends so: more than
/// are read, which does no harm where contents are compared.
void add_pattern(const fs::path& folder, const std::string& pattern, std::vector<fs::path>& files) {
  const std::string name = pattern.substr(0, pattern.find(' '));
  const size_t percent = name.find('%');
  const size_t letter = name.find_first_of("di", percent);
  if (letter == std::string::npos) return;
  const fs::path begins = folder / name.substr(0, percent);
  const std::string first = begins.filename().string(), last = name.substr(letter + 1);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(begins.parent_path(), ignored)) {
    const std::string found = entry.path().filename().string();
    if (found.rfind(first, 0) == 0 && ends_in(found, last)) files.push_back(entry.path());
  }
}

std::vector<fs::path> files_named_in(const fs::path& header) {
  std::vector<fs::path> files;
  std::ifstream stream(header);
  std::string line, named;
  for (int i = 0; i < kMostLines && named.empty() && std::getline(stream, line); ++i)
    named = data_named_in(line);
  const fs::path folder = header.parent_path();
  if (named.rfind("LIST", 0) == 0) {
    for (int i = 0; i < kMostLines && std::getline(stream, line); ++i) {
      if (!trimmed(line).empty()) files.push_back(folder / trimmed(line));
    }
  } else if (named.find('%') != std::string::npos) {
    add_pattern(folder, named, files);
  } else if (!named.empty()) {
    files.push_back(folder / named);
  }
  return files;
}

/// Every file of the folder that differs in the endings of a pair alone.
std::vector<fs::path> pair_of(const fs::path& image) {
  fs::path stem = image;
  if (lower_case(stem.extension().string()) == ".gz") stem.replace_extension();
  std::vector<fs::path> files;
  for (const char* ending : {".hdr", ".img", ".HDR", ".IMG"}) {
    for (const char* compressed : {"", ".gz", ".GZ"}) {
      fs::path other = stem;
      other.replace_extension(ending);
      other += compressed;
      if (other != image) files.push_back(other);
    }
  }
  return files;
}

}  // namespace

std::vector<fs::path> detached_data(const fs::path& image) {
  const std::string name = lower_case(image.filename().string());
  std::vector<fs::path> files;
  if (ends_in(name, ".mhd") || ends_in(name, ".nhdr")) {
    files = files_named_in(image);
  } else if (ends_in(name, ".hdr") || ends_in(name, ".img") || ends_in(name, ".hdr.gz") ||
             ends_in(name, ".img.gz")) {
    files = pair_of(image);
  }
  if (ends_in(name, ".csv")) files.push_back(openkbp_dimensions_file(image));
  std::error_code error;
  files.erase(
      std::remove_if(files.begin(), files.end(),
                     [&](const fs::path& file) { return !fs::is_regular_file(file, error); }),
      files.end());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace nmsw::datasets
