/* SPDX-License-Identifier: MIT */
/*
 * Exporters, importers and pairs of them over each kind of transport. Each waits at its end until
 * its links have ended in order, so that a case leaves no descriptor and no thread behind.
 */
#ifndef NETCHAN_TESTS_ABI_OWNERS_HPP
#define NETCHAN_TESTS_ABI_OWNERS_HPP

#include "support.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace abi
{

/* ---- exporters and importers ---- */

/* The sum of a figure over all entries of that name in "streams" or "channels"; -1: none. */
inline int64_t figure(const Value &stats, const char *list, const std::string &name,
                      const char *key)
{
    int64_t sum = -1;
    Node entries = stats[list];
    for (int64_t i = 0; i < entries.size(); i++) {
        if (entries.at(i)["name"].string() == name)
            sum = (sum < 0 ? 0 : sum) + entries.at(i)[key].integer();
    }
    return sum;
}

/* What exporters and importers have alike. */
template <typename T, void (*drop)(T *), int (*wait_closed)(T *, int64_t, netchan_cancel *),
          int (*get_stats)(T *, netchan_value **), int (*get_errors)(T *, netchan_channel **),
          int (*do_drain)(T *, int, int64_t, netchan_cancel *),
          int (*do_sync)(T *, int, int64_t, netchan_cancel *), int (*do_hangup)(T *, const char *)>
class Owner : public Handle<T, drop>
{
  public:
    using Handle<T, drop>::Handle;
    Owner(Owner &&) noexcept = default;
    Owner &operator=(Owner &&) noexcept = default;
    ~Owner()
    {
        std::string said = end();
        if (said != "ok")
            ABI_COMPLAIN("wait_closed: " + said + ": " + netchan_error_text());
    }
    /* Closes, and waits until every link has ended. */
    std::string end(int64_t ms = PLENTY)
    {
        return *this ? word(wait_closed(*this, ms, nullptr)) : "ok";
    }
    Value stats() const
    {
        Value stats;
        demand(get_stats(*this, stats.out()), "stats");
        return stats;
    }
    int64_t stream(const std::string &name, const char *key) const
    {
        return figure(stats(), "streams", name, key);
    }
    int64_t channel(const std::string &name, const char *key) const
    {
        return figure(stats(), "channels", name, key);
    }
    bool stream_reaches(const std::string &name, const char *key, int64_t number) const
    {
        return eventually([&] { return stream(name, key) == number; });
    }
    Channel errors() const
    {
        netchan_channel *errors = nullptr;
        demand(get_errors(*this, &errors), "errors");
        return Channel::owning(errors);
    }
    std::string drain(int level = NETCHAN_RECEIVED, int64_t ms = PLENTY,
                      netchan_cancel *cancel = nullptr)
    {
        return word(do_drain(*this, level, ms, cancel));
    }
    std::string sync(int level = NETCHAN_RECEIVED, int64_t ms = PLENTY,
                     netchan_cancel *cancel = nullptr)
    {
        return word(do_sync(*this, level, ms, cancel));
    }
    std::string hangup(const std::string &name)
    {
        return word(do_hangup(*this, name.c_str()));
    }
};

class Importer
    : public Owner<netchan_importer, netchan_importer_unref, netchan_importer_wait_closed,
                   netchan_importer_stats, netchan_importer_errors, netchan_importer_drain,
                   netchan_importer_sync, netchan_importer_hangup>
{
  public:
    using Owner::Owner;
    std::string import(const std::string &name, const Channel &channel, int direction,
                       int64_t size = 100, int64_t count = -1, const Settings &settings = {},
                       int64_t ms = PLENTY, netchan_cancel *cancel = nullptr)
    {
        Options options(settings);
        return word(netchan_importer_import(*this, name.c_str(), channel, direction, size, count,
                                            options, ms, cancel));
    }
};

inline Importer connect(const std::string &url, const Settings &settings = {})
{
    Options options(settings);
    Importer importer;
    demand(netchan_importer_connect(url.c_str(), options, PLENTY, nullptr, importer.out()),
           "connect");
    return importer;
}

/* A connected pair of descriptors. */
inline std::pair<int, int> socket_pair()
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
        throw std::runtime_error("socketpair");
    return {fds[0], fds[1]};
}

/* A folder of its own, emptied and removed at the end. */
class Folder
{
  public:
    Folder()
    {
        const char *base = std::getenv("TMPDIR");
        path = std::string(base ? base : "/tmp") + "/netchan-XXXXXX";
        if (!mkdtemp(&path[0]))
            throw std::runtime_error("mkdtemp " + path);
    }
    Folder(Folder &&other) noexcept : path(std::exchange(other.path, ""))
    {
    }
    ~Folder()
    {
        if (path.empty())
            return;
        if (DIR *folder = opendir(path.c_str())) {
            while (dirent *entry = readdir(folder))
                unlink((path + "/" + entry->d_name).c_str());
            closedir(folder);
        }
        rmdir(path.c_str());
    }
    std::string file(const std::string &name) const
    {
        return path + "/" + name;
    }

  private:
    std::string path;
};

enum class Way { pair, unix_socket, tcp, tls };

/* Those that this build has. */
inline std::vector<Way> all_ways()
{
    std::vector<Way> ways = {Way::pair, Way::unix_socket, Way::tcp};
    if (netchan_feature("tls"))
        ways.push_back(Way::tls);
    return ways;
}

/* A file of those that tests/tls/make-certs.sh makes. */
inline std::string certificate(const std::string &name)
{
    const char *folder = std::getenv("NETCHAN_TEST_CERTS");
    return std::string(folder ? folder : "tests/tls/certs") + "/" + name;
}

/* What one end needs for links on which both show a certificate. */
inline Settings tls_settings(const std::string &name)
{
    return {{"tls.cert", certificate(name + ".pem")},
            {"tls.key", certificate(name + ".key")},
            {"tls.ca", certificate("ca.pem")}};
}

inline Settings with(Settings one, const Settings &other)
{
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

/* The settings of an end for that way, besides its own. */
inline Settings for_way(Way way, const char *name, const Settings &own)
{
    return way == Way::tls ? with(own, tls_settings(name)) : own;
}

class Exporter
    : public Owner<netchan_exporter, netchan_exporter_unref, netchan_exporter_wait_closed,
                   netchan_exporter_stats, netchan_exporter_errors, netchan_exporter_drain,
                   netchan_exporter_sync, netchan_exporter_hangup>
{
  public:
    explicit Exporter(const Settings &settings = {})
    {
        Options options(settings);
        demand(netchan_exporter_new(options, out()), "exporter");
    }
    std::string publish(const std::string &name, const Channel &channel, int direction,
                        const Settings &settings = {})
    {
        Options options(settings);
        return word(netchan_exporter_export(*this, name.c_str(), channel, direction, options));
    }
    std::string listen(const std::string &url)
    {
        return word(netchan_exporter_listen(*this, url.c_str(), PLENTY, nullptr));
    }
    std::string address(size_t index = 0) const
    {
        const char *text = netchan_exporter_address(*this, index);
        return text ? text : "(none)";
    }
    /* A new importer of this exporter over a transport of that kind. For tls the exporter must
     * have been made with tls_settings("server"). */
    Importer meet(Way way = Way::pair, const Settings &settings = {})
    {
        if (way != Way::pair)
            return connect(listens_on(way), for_way(way, "client", settings));
        auto fds = socket_pair();
        demand(netchan_exporter_serve_fd(*this, fds.first), "serve_fd");
        Options options(settings);
        Importer importer;
        demand(netchan_importer_from_fd(fds.second, options, PLENTY, nullptr, importer.out()),
               "from_fd");
        return importer;
    }
    std::string listens_on(Way way)
    {
        std::string start = way == Way::tcp ? "tcp://" : way == Way::tls ? "tls://" : "unix:";
        for (size_t i = 0; netchan_exporter_address(*this, i); i++) {
            if (address(i).compare(0, start.size(), start) == 0)
                return address(i);
        }
        std::string url = start + "127.0.0.1:0";
        if (way == Way::unix_socket) {
            folder.reset(new Folder);
            url = "unix:" + folder->file("socket");
        }
        demand(netchan_exporter_listen(*this, url.c_str(), PLENTY, nullptr), "listen");
        return listens_on(way);
    }

  private:
    std::unique_ptr<Folder> folder;
};

/* An exporter and an importer of it. */
struct Pair {
    explicit Pair(Way way = Way::pair, const Settings &exporting = {},
                  const Settings &importing = {})
        : exporter(for_way(way, "server", exporting)), importer(exporter.meet(way, importing))
    {
    }
    Exporter exporter;
    Importer importer;
};

} // namespace abi

#endif
