// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "core/quant/quant_json.h"

using namespace axp;
using nlohmann::json;

namespace {
constexpr float inf = std::numeric_limits<float>::infinity();
}

class TstQuant : public QObject {
    Q_OBJECT
private slots:
    void names() {
        for (const auto calibrator : {Calibrator::Max, Calibrator::Percentile, Calibrator::Mse, Calibrator::Entropy})
            QVERIFY(calibratorFromName(calibratorName(calibrator)).value() == calibrator);
        const auto wrong = calibratorFromName("percentil");
        QVERIFY(!wrong.ok());
        QCOMPARE(wrong.error().remedy, std::string("Did you mean percentile?"));
        QVERIFY(calibratorFromName("").error().text().find("Choose max") != std::string::npos);
    }

    void scales() {
        QCOMPARE(symmetricScale(127, 8), 1.0F);
        QCOMPARE(symmetricScale(1, 8), 1.0F / 127.0F);
        QCOMPARE(symmetricScale(7, 4), 1.0F);
        QCOMPARE(symmetricScale(32767, 16), 1.0F);
        QCOMPARE(symmetricScale(3, 2), 3.0F);
        QCOMPARE(symmetricScale(0, 8), 1.0F);
        QCOMPARE(symmetricScale(std::numeric_limits<float>::denorm_min(), 8), 1.0F);
        QVERIFY(std::isfinite(1 / symmetricScale(1.5e-36F, 8)));
        QVERIFY(std::isnan(symmetricScale(std::nanf(""), 8)));
        QCOMPARE(symmetricScale(5, 1), 5.0F);  // treated as 2 bits, never a division by 0
    }

    void weights() {
        const std::vector<float> values{1, -2, 0.5F, 0, 0, 0, 3, -0.25F, -4};
        QCOMPARE(weightRanges(values, 3, true), (std::vector<float>{2, 0, 4}));
        QCOMPARE(weightRanges(values, 3, false), (std::vector<float>{4, 4, 4}));
        QVERIFY(weightRanges(values, 2, true).empty());
        QVERIFY(weightRanges(values, 0, true).empty());
        QVERIFY(weightRanges(values, -3, true).empty());
        QCOMPARE(weightRanges({}, 2, true), (std::vector<float>{0, 0}));
        const float nan = std::nanf("");
        for (const auto& broken : {std::vector<float>{nan, 1}, std::vector<float>{1, nan}}) {
            QVERIFY(std::isnan(weightRanges(broken, 1, true)[0]));
            QVERIFY(std::isnan(weightRanges(broken, 2, false)[0]));
        }
        QCOMPARE(weightRanges(std::vector<float>{-inf, 1}, 2, true), (std::vector<float>{inf, 1}));
    }

    void settingsRoundTrip() {
        QuantSettings settings;
        QVERIFY(quantSettingsFromJson(toJson(settings), "x").value() == settings);
        settings = {Calibrator::Entropy, 99.98765432109876, 500, false, false, true, false, "float"};
        const auto text = toJson(settings).dump();
        QVERIFY(quantSettingsFromJson(json::parse(text), "x").value() == settings);
        QVERIFY(quantSettingsFromJson(json::object(), "x").value() == QuantSettings());
        QuantSettings one;
        one.perChannelWeights = false;
        QVERIFY(quantSettingsFromJson(json{{"per_channel_weights", false}}, "x").value() == one);
        QCOMPARE(toJson(QuantSettings()).dump(),
                 std::string(R"({"calibration_samples":128,"calibrator":"percentile","fold_batch_norm":true,"numerics":"float",)"
                             R"("pad_through_multiplier":true,"per_channel_weights":true,"percentile":99.9,"swap_operands":false})"));
    }

    void hostileSettings_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("list") << "[]" << "expected a JSON object";
        QTest::newRow("null") << "null" << "expected a JSON object";
        QTest::newRow("unknown") << R"({"percentil": 99})" << "unknown key \"percentil\". Did you mean percentile?";
        QTest::newRow("far") << R"({"xyzzy": 99})" << "unknown key \"xyzzy\". Remove it";
        QTest::newRow("calibrator") << R"({"calibrator": "maximum"})" << "\"calibrator\": unknown calibrator 'maximum'";
        QTest::newRow("calibrator type") << R"({"calibrator": 3})" << "\"calibrator\" must be a string, not 3";
        QTest::newRow("percentile 0") << R"({"percentile": 0})" << "\"percentile\" must be above 0 and at most 100, not 0";
        QTest::newRow("percentile 101") << R"({"percentile": 101})" << "\"percentile\"";
        QTest::newRow("percentile huge") << R"({"percentile": 1e300})" << "\"percentile\"";
        QTest::newRow("percentile text") << R"({"percentile": "99"})" << "\"percentile\" must be a number";
        QTest::newRow("samples 0") << R"({"calibration_samples": 0})" << "\"calibration_samples\" must be a whole number";
        QTest::newRow("samples -1") << R"({"calibration_samples": -1})" << "\"calibration_samples\"";
        QTest::newRow("samples 1.5") << R"({"calibration_samples": 1.5})" << "\"calibration_samples\"";
        QTest::newRow("samples 2^64-1") << R"({"calibration_samples": 18446744073709551615})" << "\"calibration_samples\"";
        QTest::newRow("samples list") << R"({"calibration_samples": [128]})" << "\"calibration_samples\"";
        QTest::newRow("bool 1") << R"({"fold_batch_norm": 1})" << "\"fold_batch_norm\" must be true or false, not 1";
        QTest::newRow("fixed") << R"({"numerics": "fixed"})" << "not available in this version";
        QTest::newRow("numerics") << R"({"numerics": "int"})" << "\"numerics\" must be \"float\"";
    }
    void hostileSettings() {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto result = quantSettingsFromJson(json::parse(text.toStdString()), "net.axp: quantization");
        QVERIFY(!result.ok());
        QVERIFY(result.error().kind == ErrorKind::BadInput);
        const auto message = QString::fromStdString(result.error().text());
        QVERIFY2(message.contains(says), qPrintable(message));
        QVERIFY2(message.startsWith("net.axp: quantization"), qPrintable(message));
    }

    void rangesRoundTripExactly() {
        Ranges ranges{{"conv1", {0.1F, std::nullopt}}, {"attn.qk", {1.0F / 3, 2.7182817F}}, {"zero", {0, 0.0F}}};
        QCOMPARE(toJson(ranges)["conv1"].dump(), std::string(R"({"amax_a":0.1})"));
        std::mt19937 random(1);
        for (int i = 0; i < 20000; ++i) {  // any bit pattern of a finite, non-negative number
            const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()) & 0x7fffffffU);
            if (std::isfinite(value)) ranges[std::to_string(i)] = {value, i % 2 ? std::optional<float>(value / 3) : std::nullopt};
        }
        ranges["max"] = {std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min()};
        const auto read = rangesFromJson(json::parse(toJson(ranges).dump()), "x");
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
        QVERIFY(*read == ranges);
        QVERIFY(rangesFromJson(toJson(Ranges()), "x").value().empty());
    }

    void hostileRanges_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("list") << "[]" << "expected a JSON object";
        QTest::newRow("number") << R"({"conv1": 3})" << "node conv1: expected a JSON object, found 3";
        QTest::newRow("no a") << R"({"conv1": {"amax_b": 3}})" << "node conv1: the key \"amax_a\" is missing";
        QTest::newRow("unknown") << R"({"conv1": {"amax_a": 3, "amax_c": 1}})" << "unknown key \"amax_c\"";
        QTest::newRow("negative") << R"({"conv1": {"amax_a": -3}})" << "\"amax_a\" must be a finite number";
        QTest::newRow("null") << R"({"conv1": {"amax_a": null}})" << "\"amax_a\" must be a number, not null";
        QTest::newRow("too large") << R"({"conv1": {"amax_a": 1e39}})" << "\"amax_a\" must be a finite number";
        QTest::newRow("too small") << R"({"conv1": {"amax_a": 1e-60}})" << "binary32 can hold";
        QTest::newRow("text") << R"({"conv1": {"amax_a": 1, "amax_b": "2"}})" << "\"amax_b\" must be a number";
    }
    void hostileRanges() {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto result = rangesFromJson(json::parse(text.toStdString()), "net.axp");
        QVERIFY(!result.ok());
        const auto message = QString::fromStdString(result.error().text());
        QVERIFY2(message.contains(says), qPrintable(message));
    }
};

QTEST_GUILESS_MAIN(TstQuant)
#include "tst_quant.moc"
