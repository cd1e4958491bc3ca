/* SPDX-License-Identifier: MIT */
/*
 * Other processes: the helper program tests/abi/peer.c on two pipes, for tests in which one side is
 * killed or stopped, and figures of processes from /proc.
 */
#ifndef NETCHAN_TESTS_ABI_PROCESS_HPP
#define NETCHAN_TESTS_ABI_PROCESS_HPP

#include "support.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace abi
{

/* The folder of the running program; helpers are built beside it. */
inline std::string beside_us(const std::string &name)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0)
        throw std::runtime_error("readlink /proc/self/exe");
    std::string text(path, (size_t)length);
    return text.substr(0, text.rfind('/') + 1) + name;
}

class Process
{
  public:
    explicit Process(const std::string &program = "peer")
    {
        int to[2], from[2];
        if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
            throw std::runtime_error("pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to[0], 0);
        posix_spawn_file_actions_adddup2(&actions, from[1], 1);
        std::string path = beside_us(program);
        char *arguments[] = {&path[0], nullptr};
        int error = posix_spawn(&pid, path.c_str(), &actions, nullptr, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(to[0]);
        ::close(from[1]);
        out = to[1];
        in = from[0];
        if (error)
            throw std::runtime_error("cannot start " + path + ": " + std::strerror(error));
    }
    Process(Process &&other) noexcept
        : pid(std::exchange(other.pid, -1)), in(std::exchange(other.in, -1)),
          out(std::exchange(other.out, -1)), input(std::move(other.input))
    {
    }
    ~Process()
    {
        kill(SIGKILL);
        wait();
        if (in >= 0)
            ::close(in);
        if (out >= 0)
            ::close(out);
    }
    pid_t id() const
    {
        return pid;
    }
    void kill(int signal)
    {
        if (pid > 0)
            ::kill(pid, signal);
    }
    /* Stops it and waits until all its threads have stopped. */
    void stop()
    {
        int status;
        kill(SIGSTOP);
        if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
            throw std::runtime_error("the helper does not stop");
    }
    /* Kills it and waits until it is gone, so that its sockets are closed. */
    void destroy()
    {
        kill(SIGKILL);
        wait();
    }
    int wait()
    {
        int status = 0;
        if (pid > 0 && waitpid(pid, &status, 0) == pid)
            pid = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    void tell(const std::string &command)
    {
        std::string line = command + "\n";
        if (write(out, line.data(), line.size()) != (ssize_t)line.size())
            throw std::runtime_error("the helper does not listen to: " + command);
    }
    /* Its next line; "(end)" at its end, "(late)" when none comes. */
    std::string line(int64_t ms = 2 * PLENTY)
    {
        size_t end;
        while ((end = input.find('\n')) == std::string::npos) {
            struct pollfd ready = {in, POLLIN, 0};
            int count = poll(&ready, 1, (int)ms);
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return "(late)";
            char bytes[65536];
            ssize_t length = read(in, bytes, sizeof bytes);
            if (length <= 0)
                return "(end)";
            input.append(bytes, (size_t)length);
        }
        std::string text = input.substr(0, end);
        input.erase(0, end + 1);
        return text;
    }
    /* A command and its last line; lines before that go to got. */
    std::string ask(const std::string &command, std::vector<int64_t> *got = nullptr)
    {
        tell(command);
        return answer(got);
    }
    std::string answer(std::vector<int64_t> *got = nullptr)
    {
        for (;;) {
            std::string text = line();
            if (text.compare(0, 4, "got ") != 0)
                return text;
            if (got)
                got->push_back(std::strtoll(text.c_str() + 4, nullptr, 10));
        }
    }

  private:
    pid_t pid = -1;
    int in = -1, out = -1;
    std::string input;
};

/* A number from a line such as "VmRSS:   1234 kB" of /proc/PID/status; -1: not there. */
inline int64_t process_figure(pid_t pid, const std::string &key)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string text; std::getline(status, text);) {
        if (text.compare(0, key.size() + 1, key + ":") == 0)
            return std::strtoll(text.c_str() + key.size() + 1, nullptr, 10);
    }
    return -1;
}

/* Are so many allowed? Asks for them; helpers inherit what was got. */
inline bool enough_descriptors(int64_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return false;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < (rlim_t)count)
        return false;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < (rlim_t)count)
        limit.rlim_cur = (rlim_t)count;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* Processor time of this process. */
inline int64_t cpu_ms()
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

} // namespace abi

#endif
