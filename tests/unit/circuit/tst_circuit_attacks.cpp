// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <thread>

#include "core/circuit/compiled.h"
#include "core/sandbox/file_rules.h"
#include "core/sandbox/sandbox.h"
#include "tests/unit/circuit/circuit_testing.h"

using namespace axp;
using namespace axp::testing;

/// C files that try to do more than compute. Each gets one sentence, and nothing happens.
class TestCircuitAttacks : public QObject {
    Q_OBJECT

    static CircuitSource attack(const std::string& before, const std::string& body) {
        return source("#include <stdint.h>\n#include <stdlib.h>\n#include <stdio.h>\n" + before + "\nuint16_t mul4u_X(uint8_t A, uint8_t B)\n{\n" + body + "\n  return A * B;\n}\n", "mul4u_X.c");
    }
    static Error refusal(const CircuitSource& circuit, int seconds = 1) {
        const auto result = runCompiled({{&circuit, 256, false}}, {}, seconds);
        if (!result) return result.error();
        if ((*result)[0]) return failure("it went through");
        return (*result)[0].error();
    }

private slots:
    void initTestCase() {
        if (compilerProgram().empty()) QSKIP("no C compiler");
        const auto circuit = attack("", "");
        QVERIFY(runCompiled({{&circuit, 256, false}}, {}, 5)->at(0).ok());
    }

    void sourcesAreScreened_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("part");
        QTest::addRow("file") << "#include \"/etc/passwd\"" << "mul4u_X.c:4";
        QTest::addRow("device") << "#include </dev/zero>" << "includes something else";
        QTest::addRow("computed") << "#define F </etc/passwd>\n#include F" << "mul4u_X.c:5";
        QTest::addRow("import") << "#import </etc/passwd>" << "not allowed";
        QTest::addRow("split word") << "#inc\\\nlude </etc/passwd>" << "not allowed";
        QTest::addRow("decoy") << "#include \"/etc/passwd\" // <stdint.h>" << "includes something else";
        QTest::addRow("digraph") << "%:include </etc/passwd>\n;" << "not allowed";
        QTest::addRow("assembler") << "__asm__(\".incbin \\\"/etc/passwd\\\"\");" << "assembler";
        QTest::addRow("hidden assembler") << "#define X asm\nX(\"nop\");" << "assembler";
    }
    void sourcesAreScreened() {
        QFETCH(QString, before);
        QFETCH(QString, part);
        QVERIFY(says(refusal(attack(before.toStdString(), "")), part.toStdString()));
    }

    void callsOutAreRefused_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("part");
        const QString none, self = "extern int socket(int,int,int); extern int fork(void); extern int execl(const char*,const char*,...); extern int kill(int,int); extern unsigned sleep(unsigned);"
                                   "extern long syscall(long,...);";
        QTest::addRow("network") << self << "socket(2, 1, 0);" << "opens a network connection";
        QTest::addRow("process") << self << "fork();" << "starts a process";
        QTest::addRow("fork bomb") << self << "for (;;) fork();" << "starts a process";
        QTest::addRow("program") << self << "execl(\"/bin/true\", \"true\", (char *)0);" << "starts a program";
        QTest::addRow("shell") << none << "system(\"true\");" << "starts a program";
        QTest::addRow("file") << none << "fopen(\"/etc/passwd\", \"r\");" << "opens a file";
        QTest::addRow("writing") << none << "fopen(\"/tmp/axplorer-intruder\", \"w\");" << "opens a file";
        QTest::addRow("output") << none << "printf(\"x\"); fflush(stdout);" << "system call";
        QTest::addRow("signal") << self << "kill(1, 9);" << "sends a signal";
        QTest::addRow("waiting") << self << "sleep(100);" << "waits";
        QTest::addRow("raw call") << self << "syscall(101, 0, 0, 0, 0);" << "(system call 101)";
        QTest::addRow("constructor") << self + "__attribute__((constructor)) static void early(void) { socket(2, 1, 0); }" << none << "opens a network connection";
        QTest::addRow("overwriting early") << "extern int open(const char *, int, ...); __attribute__((constructor)) static void early(void) { open(\"runner\", 2); }" << none << "opens a file";
        QTest::addRow("early end") << none << "exit(42);" << "before all products were there";
        QTest::addRow("early constructor") << "__attribute__((constructor)) static void early(void) { exit(42); }" << none << "before all products were there";
        QTest::addRow("state") << none << "static int n; return n++;" << "same product twice";
        QTest::addRow("crash") << none << "*(volatile int *)0 = 1;" << "crashed";
        QTest::addRow("division") << none << "return A / B;" << "divides by zero";
        QTest::addRow("memory") << none << "for (;;) { char *p = malloc(1 << 20); if (!p) *(volatile char *)0 = 1; for (int i = 0; i < 1 << 20; i += 4096) ((volatile char *)p)[i] = 1; }" << "function mul4u_X";
        QTest::addRow("loop") << none << "for (volatile int i = 1; i; ) {}" << "did not end within 1 s";
        QTest::addRow("pasted assembler") << "#define J(x, y) x##y\nJ(as, m)(\".incbin \\\"/etc/passwd\\\"\");" << none << "compiler";
        QTest::addRow("not C") << none << "this is not C" << "mul4u_X.c:7";
        QTest::addRow("unknown function") << none << "return no_such_function(A);" << "compiler";
        QTest::addRow("unset variable") << none << "int x; return x;" << "compiler";
    }
    void callsOutAreRefused() {
        QFETCH(QString, before);
        QFETCH(QString, body);
        QFETCH(QString, part);
        if (QTest::currentDataTag() == QByteArray("pasted assembler") && !fileRulesWork()) QSKIP("this kernel has no Landlock");
        QVERIFY(says(refusal(attack(before.toStdString(), body.toStdString())), part.toStdString()));
        QVERIFY(!std::filesystem::exists("/tmp/axplorer-intruder"));
    }

    void oneAttackDoesNotTouchTheOthers() {
        const auto good = attack("", ""), bad = attack("", "exit(42);");
        const auto result = runCompiled({{&good, 256, false}, {&bad, 256, false}, {&good, 256, false}}, {}, 5);
        QVERIFY(result.ok());
        QVERIFY((*result)[0].ok() && !(*result)[1].ok() && (*result)[2].ok());
        QCOMPARE((*result)[2]->at(7 * 16 + 9), std::int64_t{63});
    }
    void otherCircuitsMemoryIsOutOfReach() {
        const auto good = attack("", "");
        // Looks for memory of its size in all open files, as the first circuit has it.
        const auto bad = attack("extern void *mmap(void *, unsigned long, int, int, int, long);",
                                "for (int fd = 3; fd < 256; ++fd) { long long *p = mmap(0, 4096 + 256 * 8, 3, 1, fd, 0); if ((long)p != -1) p[512 + 7 * 16 + 9] = 1; }");
        const auto result = runCompiled({{&good, 256, false}, {&bad, 256, false}, {&good, 256, false}}, {}, 5);
        QVERIFY(result.ok());
        QCOMPARE((*result)[0]->at(7 * 16 + 9), std::int64_t{63});
        QCOMPARE((*result)[2]->at(7 * 16 + 9), std::int64_t{63});
    }
    void cancelIsQuick() {
        const auto endless = attack("", "for (volatile int i = 1; i; ) {}");
        JobContext job;
        QElapsedTimer timer;
        std::thread canceller([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));
            timer.start();
            job.cancel.cancel();
        });
        const auto result = runCompiled({{&endless, 256, false}}, job, 60);
        const qint64 took = timer.isValid() ? timer.elapsed() : 0;
        canceller.join();
        QVERIFY(!result.ok() && result.error().kind == ErrorKind::Cancelled);
        QVERIFY2(took < 500, qPrintable(QString::number(took)));
    }
};

QTEST_GUILESS_MAIN(TestCircuitAttacks)
#include "tst_circuit_attacks.moc"
