// A text that must never be printed. Streaming it prints "***".
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace orchestrator {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  // The name makes every place that exposes the secret easy to search for.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

}  // namespace orchestrator
