// The source tree as text, for the checks of its style.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace orchestrator::tidy {

struct SourceFile {
  std::string path;  // relative to the checkout, e.g. "src/policy/policy.hpp"
  std::vector<std::string> lines;

  bool is_header() const { return path.ends_with(".hpp"); }
  bool is_below(const std::string& directory) const { return path.starts_with(directory + "/"); }
  std::string name() const { return path.substr(path.rfind('/') + 1); }
  std::string room() const;  // "policy" for what is in src/policy/; empty outside and at the top of src/
};

// One include directive: what stands between the brackets or quotes.
struct Include {
  std::string target;
  bool is_quoted = false;
  std::size_t line = 0;  // from 1
};

// The C++ files of include/, src/, tests/, bench/ and examples/.
const std::vector<SourceFile>& source_files();

// All texts that people read: the C++ files, SQL statements, scripts, build files and documentation. Without
// migrations/, whose files never change once released, and without generated and recorded data.
const std::vector<SourceFile>& readable_files();

std::vector<Include> includes_of(const SourceFile& file);

// "src/a.cpp:12: why" for each line for which `is_wrong` holds.
using FilePredicate = std::function<bool(const SourceFile&)>;
using LinePredicate = std::function<bool(const std::string&)>;
std::vector<std::string> lines_where(const std::vector<SourceFile>& files, const FilePredicate& is_examined,
                                     const LinePredicate& is_wrong, const std::string& why);
std::vector<std::string> lines_where(const FilePredicate& is_examined, const LinePredicate& is_wrong,
                                     const std::string& why);

std::string at(const SourceFile& file, std::size_t line, const std::string& why);

}  // namespace orchestrator::tidy
