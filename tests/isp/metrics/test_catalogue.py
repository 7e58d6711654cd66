from isp.metrics.catalogue import FIGURES, PERCENT, figure


def test_ranking_follows_what_is_better():
    assert figure("defect_psnr_db").loss(30) < figure("defect_psnr_db").loss(29)
    assert figure("area_delta_e").loss(1) < figure("area_delta_e").loss(2)
    assert figure("defect_bias_percent").loss(-0.1) < figure("defect_bias_percent").loss(0.3)
    assert figure("texture_ratio").loss(1.1) < figure("texture_ratio").loss(0.2)


def test_a_figure_after_another_demosaicing_names_it():
    other = figure("area_psnr_db@menon")
    assert other.label == "Area PSNR, menon"
    assert (other.unit, other.better) == ("dB", "higher")


def test_every_figure_says_what_it_means():
    assert all(one.meaning and one.label and one.name == name for name, one in FIGURES.items())
    assert "defect_residual_share" in PERCENT
