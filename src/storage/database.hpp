#pragma once
namespace orchestrator::storage { class Database; }
