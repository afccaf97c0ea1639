// A text that must never be printed. Whatever formats it by accident gets "***".
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace orchestrator {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  // Named so that every place that lets the secret out can be searched for.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

}  // namespace orchestrator
