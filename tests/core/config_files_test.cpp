// SPDX-License-Identifier: MIT
// Reading the configuration from the disk.
#include "core/config/files.hpp"
#include "tests/catch.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace epode::config;

namespace {

/// A folder that is gone at the end.
struct Folder {
    std::filesystem::path path;

    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "epode-config-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(path / name, std::ios::binary) << content;
        return (path / name).string();
    }
};

} // namespace

TEST_CASE("files are read as they are, and patterns are sorted") {
    Folder folder;
    std::string b = folder.write("b.xml", "second\n");
    std::string a = folder.write("a.xml", std::string("a\0b", 3));
    folder.write("c.txt", "");
    Disk disk;
    CHECK(disk.read(b) == "second\n");
    CHECK(disk.read(a) == std::string("a\0b", 3));
    CHECK(disk.match((folder.path / "*.xml").string()) == std::vector<std::string>{a, b});
    CHECK(disk.match((folder.path / "*.cfg").string()).empty());
}

TEST_CASE("what cannot be read says why") {
    Folder folder;
    Disk disk;
    CHECK(disk.read((folder.path / "none").string()).error().text == "No such file or directory");
    CHECK(disk.read(folder.path.string()).error().text == "Is a directory");
    std::string large = folder.write("large", std::string((16U << 20) + 1, 'x'));
    CHECK(disk.read(large).error().text == "it is larger than 16 MiB");
}
