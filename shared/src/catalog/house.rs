//! The restaurants of the house: eight kitchens with eight dishes each.
//!
//! Each way in which an order can end can be tried by hand: *Moonlight Ramen* is closed, *Nonna's
//! Attic* takes on no more than $60 at a time, and the *Unlucky Thirteen* of *The Lucky Fork* costs
//! $13.13, which the payment gateway declines. All other prices are multiples of five cents, so that
//! nothing is declined by accident. Of *Lamb Rogan Josh* and *Mole Negro* there is only so much a day.

use uuid::Uuid;

use super::{Catalog, MenuItem, Opening, Restaurant};
use crate::id::{MenuItemId, RestaurantId};
use crate::money::Cents;

/// Ids that a person can read: restaurant 3 is `…0300`, its second dish `…0302`.
const FIRST_ID: u128 = 0x018f_0000_0000_7000_8000_0000_0000_0000;

/// The dishes of which the kitchen makes only so many portions a day. One is enough for an evening of
/// trying things out, the other is sold out soon.
const LIMITED: [(&str, u32); 2] = [("Lamb Rogan Josh", 12), ("Mole Negro", 5)];

struct Kitchen {
    name: &'static str,
    cuisine: &'static str,
    opening: Opening,
    limit: Option<Cents>,
    /// Name, description, cents.
    menu: [(&'static str, &'static str, u32); 8],
}

/// The catalogue of the house.
pub fn of_the_house() -> Catalog {
    let restaurants = (1_u128..).zip(KITCHENS).map(|(number, kitchen)| restaurant(number, kitchen));
    Catalog { restaurants: restaurants.collect() }
}

fn restaurant(number: u128, kitchen: &Kitchen) -> Restaurant {
    let id = FIRST_ID + (number << 8);
    let menu = (1_u128..).zip(&kitchen.menu).map(|(dish, (name, description, cents))| MenuItem {
        id: MenuItemId::new(Uuid::from_u128(id + dish)),
        name: (*name).to_owned(),
        description: (*description).to_owned(),
        price: Cents::saturating(*cents),
        portions: LIMITED
            .iter()
            .find(|(limited, _)| limited == name)
            .map(|(_, portions)| *portions),
    });
    Restaurant {
        id: RestaurantId::new(Uuid::from_u128(id)),
        name: kitchen.name.to_owned(),
        cuisine: kitchen.cuisine.to_owned(),
        opening: kitchen.opening,
        kitchen_limit: kitchen.limit,
        menu: menu.collect(),
    }
}

const KITCHENS: &[Kitchen] = &[
    Kitchen {
        name: "Bombay Tiffin Room",
        cuisine: "Indian",
        opening: Opening::Open,
        limit: None,
        menu: [
            ("Three-tier Tiffin", "Dal, vegetables of the day and rice, stacked and hot.", 14_50),
            ("Butter Chicken", "Tandoori chicken in tomato, butter and fenugreek.", 15_00),
            ("Palak Paneer", "Fresh cheese in spinach with ginger and garlic.", 12_50),
            ("Chana Masala", "Chickpeas, slowly stewed with dried mango.", 10_50),
            ("Lamb Rogan Josh", "Kashmiri chilli, cardamom, patience.", 16_50),
            ("Masala Dosa", "Crisp rice pancake around spiced potatoes.", 11_00),
            ("Garlic Naan", "From the clay oven, with too much garlic.", 3_50),
            ("Mango Lassi", "Alphonso mango and yoghurt.", 4_50),
        ],
    },
    Kitchen {
        name: "Nonna's Attic",
        cuisine: "Italian",
        opening: Opening::Open,
        limit: Some(Cents::saturating(60_00)),
        menu: [
            ("Tagliatelle al Ragù", "Six hours on the stove, two minutes on the plate.", 14_00),
            ("Cacio e Pepe", "Pecorino, pepper and nothing to hide.", 12_00),
            ("Gnocchi alla Sorrentina", "Potato gnocchi, tomato, molten mozzarella.", 13_00),
            ("Lasagne della Nonna", "The corner piece, if you are quick.", 14_50),
            ("Melanzane alla Parmigiana", "Aubergine in layers of tomato and basil.", 12_50),
            ("Saltimbocca", "Veal, sage and ham in white wine.", 18_50),
            ("Focaccia", "Olive oil, rosemary, sea salt.", 4_00),
            ("Tiramisù", "It picks you up.", 6_50),
        ],
    },
    Kitchen {
        name: "The Lucky Fork",
        cuisine: "Diner",
        opening: Opening::Open,
        limit: None,
        menu: [
            ("Unlucky Thirteen", "Thirteen wings, thirteen chillies. No bank pays for it.", 13_13),
            ("Smash Burger", "Two thin patties, crisp at the edges.", 11_50),
            ("Reuben", "Pastrami, sauerkraut, Swiss cheese, rye.", 13_50),
            ("Mac and Cheese", "Three cheeses under a crust.", 9_50),
            ("Buttermilk Pancakes", "A stack of five, with maple syrup.", 8_50),
            ("Cobb Salad", "Everything from the garden, and bacon.", 12_00),
            ("Curly Fries", "With smoked paprika.", 4_50),
            ("Cherry Pie", "Damn fine.", 5_50),
        ],
    },
    Kitchen {
        name: "Moonlight Ramen",
        cuisine: "Japanese",
        opening: Opening::Closed,
        limit: None,
        menu: [
            ("Tonkotsu Ramen", "Pork bones, eighteen hours, one egg.", 14_50),
            ("Shoyu Ramen", "Clear chicken broth and old soy sauce.", 13_50),
            ("Miso Ramen", "Red miso, corn and butter from Hokkaido.", 14_00),
            ("Tantan Men", "Sesame, chilli and minced pork.", 14_00),
            ("Yasai Ramen", "Mushrooms and kelp: no animal was asked.", 12_50),
            ("Gyoza", "Six, steamed and seared.", 6_50),
            ("Karaage", "Fried chicken with lemon and mayonnaise.", 7_50),
            ("Matcha Pudding", "Bitter, then sweet.", 5_00),
        ],
    },
    Kitchen {
        name: "Casa Oaxaca",
        cuisine: "Mexican",
        opening: Opening::Open,
        limit: None,
        menu: [
            ("Tacos al Pastor", "Three, with pineapple from the spit.", 10_50),
            ("Mole Negro", "Turkey in twenty-six ingredients.", 17_00),
            ("Enchiladas Verdes", "Tomatillo, chicken, sour cream.", 13_00),
            ("Chiles Rellenos", "Poblano peppers filled with cheese.", 12_50),
            ("Tlayuda", "A crisp tortilla as big as the table.", 14_00),
            ("Guacamole", "Crushed while you wait.", 6_00),
            ("Elote", "Corn on the cob, lime, chilli, cheese.", 4_50),
            ("Horchata", "Rice, cinnamon, ice.", 3_50),
        ],
    },
    Kitchen {
        name: "Phở Corner",
        cuisine: "Vietnamese",
        opening: Opening::Open,
        limit: None,
        menu: [
            ("Phở Bò", "Beef noodle soup with star anise.", 12_50),
            ("Bún Chả", "Grilled pork, noodles, herbs, dipping sauce.", 13_00),
            ("Bánh Mì", "The baguette that moved to Saigon.", 8_50),
            ("Gỏi Cuốn", "Summer rolls with prawns and mint.", 7_00),
            ("Cơm Tấm", "Broken rice, pork chop, fried egg.", 11_50),
            ("Bò Lá Lốt", "Beef in betel leaves from the grill.", 12_00),
            ("Chè Ba Màu", "Three colours of beans in coconut milk.", 5_00),
            ("Cà Phê Sữa Đá", "Iced coffee, condensed milk.", 4_00),
        ],
    },
    Kitchen {
        name: "Levant Street",
        cuisine: "Lebanese",
        opening: Opening::Open,
        limit: None,
        menu: [
            ("Mixed Mezze", "Seven small plates and warm bread.", 18_00),
            ("Falafel Wrap", "Green inside, crisp outside.", 8_00),
            ("Chicken Shawarma", "Garlic sauce and pickles.", 10_00),
            ("Kibbeh", "Bulgur, lamb and pine nuts.", 9_50),
            ("Hummus with Lamb", "Chickpeas below, cinnamon lamb above.", 11_00),
            ("Fattoush", "Salad with sumac and toasted bread.", 8_50),
            ("Baba Ghanoush", "Aubergine from the embers.", 6_50),
            ("Baklava", "Pistachio, honey, forty layers.", 5_50),
        ],
    },
    Kitchen {
        name: "Green Bowl",
        cuisine: "Vegan",
        opening: Opening::Open,
        limit: None,
        menu: [
            ("Buddha Bowl", "Quinoa, roasted pumpkin, tahini.", 12_00),
            ("Mushroom Bourguignon", "Red wine, thyme, mashed potatoes.", 13_50),
            ("Jackfruit Tacos", "Smoky, with pink onions.", 10_50),
            ("Peanut Noodles", "Wheat noodles, peanuts, lime.", 10_00),
            ("Lentil Shepherd's Pie", "Under a crust of sweet potato.", 11_50),
            ("Tomato Soup", "Roasted tomatoes, basil oil.", 7_00),
            ("Kale Crisps", "Better than they sound.", 4_00),
            ("Chocolate Mousse", "Avocado. You would not know.", 5_50),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_id_is_given_once() {
        let catalog = of_the_house();
        let dishes =
            catalog.restaurants.iter().flat_map(|it| it.menu.iter().map(|it| it.id.uuid()));
        let ids: Vec<_> = catalog.restaurants.iter().map(|it| it.id.uuid()).chain(dishes).collect();
        assert_eq!(ids.len(), 8 + 64);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }

    #[test]
    fn each_early_end_can_be_tried_and_none_happens_by_accident() {
        let catalog = of_the_house();
        let closed = catalog.restaurants.iter().filter(|it| it.opening == Opening::Closed);
        assert_eq!(closed.map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Moonlight Ramen"]);
        assert!(catalog.restaurants.iter().any(|it| it.kitchen_limit.is_some()));
        let dishes = catalog.restaurants.iter().flat_map(|it| &it.menu);
        let limited = dishes.clone().filter(|it| it.portions.is_some());
        assert_eq!(limited.count(), LIMITED.len(), "each is the name of one dish");
        let odd = dishes.filter(|it| it.price.get() % 5 != 0).map(|it| it.name.as_str());
        assert_eq!(odd.collect::<Vec<_>>(), ["Unlucky Thirteen"]);
    }
}
