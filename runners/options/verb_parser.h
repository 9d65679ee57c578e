#pragma once

#include <iostream>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "nmsw/base/error.h"

namespace nmsw::runners {

/// What a verb's help says besides its options.
struct VerbText {
  std::string verb;
  std::string usage;
  std::string about;
  std::string example;
};

/// Parses the words after a verb with Boost.Program_options; options may not be abbreviated.
class VerbParser {
 public:
  explicit VerbParser(VerbText text) : text_(std::move(text)), options_("Options", 100) {}

  boost::program_options::options_description& options() { return options_; }
  /// The words without a dash, in order; the last name may repeat when `count` is -1.
  void positional(const char* name, int count) {
    hidden_.add_options()(name, boost::program_options::value<std::vector<std::string>>());
    positions_.add(name, count);
  }

  /// Returns false when help was asked for and printed.
  bool parse(const std::vector<std::string>& arguments) {
    namespace po = boost::program_options;
    options_.add_options()("help,h", "print this and stop");
    po::options_description all;
    all.add(options_).add(hidden_);
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
      po::store(
          po::command_line_parser(arguments).options(all).positional(positions_).style(style).run(),
          values_);
      if (values_.count("help") > 0) {
        print_help();
        return false;
      }
      po::notify(values_);
    } catch (const po::error& fault) {
      throw ConfigError("{}: {}; see nmsw {} --help", text_.verb, fault.what(), text_.verb);
    }
    return true;
  }

  bool has(const char* name) const { return values_.count(name) > 0; }
  /// Whether the words name it; one with a default also has a value where they do not.
  bool is_given(const char* name) const { return has(name) && !values_[name].defaulted(); }
  template <class T>
  T get(const char* name) const {
    return values_[name].as<T>();
  }
  template <class T>
  std::vector<T> list(const char* name) const {
    return has(name) ? get<std::vector<T>>(name) : std::vector<T>{};
  }
  /// The one positional word, or a ConfigError that shows the usage.
  std::string only_word(const char* name) const {
    const std::vector<std::string> words = list<std::string>(name);
    if (words.size() != 1)
      usage_error(words.empty() ? "something is missing" : "one word too many");
    return words.front();
  }
  std::string required(const char* name) const {
    if (!has(name)) usage_error(std::string("--") + name + " is missing");
    return get<std::string>(name);
  }
  [[noreturn]] void usage_error(const std::string& what) const {
    throw ConfigError("{}: {}; usage: nmsw {}", text_.verb, what, text_.usage);
  }

 private:
  void print_help() const {
    std::cout << "nmsw " << text_.usage << "\n\n" << text_.about << "\n\n" << options_ << '\n';
    std::cout << "Example:\n  " << text_.example << '\n';
  }

  VerbText text_;
  boost::program_options::options_description options_;
  boost::program_options::options_description hidden_;
  boost::program_options::positional_options_description positions_;
  boost::program_options::variables_map values_;
};

}  // namespace nmsw::runners
