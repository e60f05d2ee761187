"""AdaGAN as printed (Tolstikhin et al. 2017, arXiv:1701.02386), slowly."""


def weights_by_hand(d, beta):
    """Algorithms 2 and 3 for Jensen-Shannon: from a classifier's d_i = D(x_i) to the rows' weights w_i.

    "Compute lambda*": sort by h(d), start with one row, and take one more as long as (1 - beta) h of the last taken
    one is not below lambda... the right number of rows is the one for which exactly the taken rows are below it.
    """
    n = len(d)
    h = [(1 - each) / each for each in d]
    order = sorted(h)
    for taken in range(1, n + 1):
        p = 1 / n
        total = taken * p
        level = beta / total * (1 + (1 - beta) / beta * sum(p * each for each in order[:taken]))
        below = [each for each in order if (1 - beta) * each < level]
        if len(below) == taken:
            return [max(0.0, level - (1 - beta) * each) / (n * beta) for each in h]
    raise AssertionError("there is one such number")


def mixture_by_hand(betas):
    """Algorithm 1: G_t = (1 - beta_t) G_{t-1} + beta_t G_t^c, member by member."""
    mixture = []
    for beta in betas:
        mixture = [(1 - beta) * weight for weight in mixture]
        mixture.append(beta)
    return mixture
